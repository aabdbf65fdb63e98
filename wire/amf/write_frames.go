package amf

import (
	"strconv"

	"github.com/patchbay-go/patchbay/core/value"
	"github.com/patchbay-go/patchbay/wire/amf/internal/raw"
)

// A writePhase says what an open container takes next.
type writePhase uint8

const (
	writeTop3    writePhase = iota
	writeOne3               // exactly one value, within an externalizable
	writeItems3             // left values
	writeSealed3            // left values, then names if the shape is dynamic
	writeNames3             // a name
	writeMember3            // the value of a name
	writeMixed3             // a name, or the first of left dense values
	writeMixedMember3
	writeInts // left numbers of a vector
	writeUints
	writeDoubles

	writeTop0
	writeItems0  // any number of values, whose count is put in at the end
	writeSealed0 // the values of the shape's sealed names, then names
	writeNames0
	writeMember0
	writeMixed0 // a name, or a dense value, which gets its index as its name
	writeMixedMember0
	writeThrough0 // the one value that a wrapper stands for

	firstAMF0 = writeTop0
)

// A writeFrame is one open container.
type writeFrame struct {
	phase   writePhase
	left    uint64
	count   uint64 // AMF0: values so far, or the length of an ECMA array
	dense   uint64 // writeMixed0: dense values so far
	countAt int    // AMF0: where the count stands
	shape   *value.Shape
	id      int32
}

// push opens a container, within the limit of depth.
func (w *Writer) push(f writeFrame) error {
	if len(w.frames) > w.limits.Depth {
		return value.Errorf(-1, value.ErrLimit, "more than ", strconv.Itoa(w.limits.Depth), " containers within each other")
	}
	w.frames = append(w.frames, f)
	return nil
}

// admit makes room in f for one value.
func (w *Writer) admit(f *writeFrame) error {
	switch f.phase {
	case writeTop3, writeTop0:
	case writeMember3:
		f.phase = writeNames3
	case writeMixedMember3:
		f.phase = writeMixed3
	case writeMember0:
		f.phase = writeNames0
	case writeMixedMember0:
		f.phase = writeMixed0
	case writeNames3, writeNames0:
		return cannot("a member without a name")
	case writeMixed3:
		w.out = append(w.out, emptyText)
		f.phase = writeItems3
		return takeOne(f)
	case writeItems0:
		f.count++
	case writeSealed0:
		return w.sealedName0(f)
	case writeMixed0:
		return w.denseName0(f)
	default:
		return takeOne(f)
	}
	return nil
}

func takeOne(f *writeFrame) error {
	if f.left == 0 {
		return cannot("more values than were announced")
	}
	f.left--
	return nil
}

// name writes the name of a member.
func (w *Writer) name(f *writeFrame, t *value.Token) error {
	switch f.phase {
	case writeSealed3:
		if f.left > 0 || !f.shape.Dynamic {
			return errName()
		}
		f.phase = writeMember3
	case writeNames3:
		f.phase = writeMember3
	case writeMixed3:
		f.phase = writeMixedMember3
	case writeSealed0:
		if f.left > 0 {
			return errName()
		}
		f.phase = writeMember0
		return w.utf(t)
	case writeNames0:
		f.phase = writeMember0
		return w.utf(t)
	case writeMixed0:
		f.phase = writeMixedMember0
		f.count = max(f.count, lengthFor(t))
		return w.utf(t)
	default:
		return errName()
	}
	if t.TextLen() == 0 {
		return cannot("a member with an empty name, which AMF3 takes for the end")
	}
	return w.text3(t)
}

func errName() error { return cannot("a name where none is due") }

// end closes the innermost container.
func (w *Writer) end(f *writeFrame) error {
	if f.left > 0 {
		return cannot("fewer values than were announced")
	}
	switch f.phase {
	case writeItems3, writeInts, writeUints, writeDoubles:
	case writeSealed3:
		if f.shape.Dynamic {
			w.out = append(w.out, emptyText)
		}
	case writeNames3, writeMixed3:
		w.out = append(w.out, emptyText)
	case writeItems0:
		w.PutUint32(f.countAt, uint32(f.count))
	case writeSealed0, writeNames0:
		w.out = append(w.out, 0, 0, raw.ObjectEnd0)
	case writeMixed0:
		w.PutUint32(f.countAt, uint32(f.count))
		w.out = append(w.out, 0, 0, raw.ObjectEnd0)
	case writeThrough0:
	default:
		return cannot("an end where a value is due")
	}
	if f.id != 0 {
		w.ids[f.id].end = int32(len(w.out))
	}
	w.frames = w.frames[:len(w.frames)-1]
	return nil
}

// sealedName0 writes the name of the next sealed member; AMF0 has no members without one.
func (w *Writer) sealedName0(f *writeFrame) error {
	if err := takeOne(f); err != nil {
		return err
	}
	sealed := f.shape.Sealed
	return w.UTF(sealed[len(sealed)-1-int(f.left)])
}

// denseName0 writes the index of the next dense value as its name.
func (w *Writer) denseName0(f *writeFrame) error {
	var digits [20]byte
	t := value.Token{Bytes: strconv.AppendUint(digits[:0], f.dense, 10)}
	f.dense++
	f.count = max(f.count, f.dense)
	return w.utf(&t)
}

// lengthFor returns how long an array with a member of that name is: one more than the index it is.
func lengthFor(t *value.Token) uint64 {
	if n := t.TextLen(); n == 0 || n > 10 {
		return 0
	}
	i, err := strconv.ParseUint(t.Text(), 10, 32)
	if err != nil {
		return 0
	}
	return min(i+1, 1<<32-1)
}
