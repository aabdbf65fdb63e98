package amf

import (
	"encoding/binary"
	"math"

	"github.com/patchbay-go/patchbay/core/value"
	"github.com/patchbay-go/patchbay/wire/amf/internal/raw"
)

// value0 writes one AMF0 value or its beginning. What AMF0 has no type for goes behind 0x11, it alone, as in Flash Player.
func (w *Writer) value0(t *value.Token) error {
	if w.behind || onlyAMF3(t) {
		return w.value3Behind(t)
	}
	start := len(w.out)
	switch t.Kind {
	case value.KindNull:
		w.out = append(w.out, raw.Null0)
	case value.KindUndefined:
		w.out = append(w.out, raw.Undefined0)
	case value.KindBool:
		w.out = append(w.out, raw.Boolean0, byte(t.Num&1))
	case value.KindInt, value.KindUint, value.KindFloat, value.KindNumber:
		return w.number0Value(t)
	case value.KindString, value.KindText:
		return w.string0(t)
	case value.KindTime:
		w.out = binary.BigEndian.AppendUint64(append(w.out, raw.Date0), t.Num)
		w.Uint16(0)
		return w.byValue(t.ID, start, w.options.Numbering == NumberingPyAMF)
	case value.KindXML, value.KindXMLDoc:
		w.out = append(w.out, raw.XMLDocument0)
		if err := w.long0(t); err != nil {
			return err
		}
		return w.byValue(t.ID, start, w.options.Numbering != NumberingSpecification)
	case value.KindRef:
		return w.ref0(t)
	default:
		return w.container0(t)
	}
	return nil
}

// onlyAMF3 reports whether AMF0 has no type for t.
func onlyAMF3(t *value.Token) bool {
	switch t.Kind {
	case value.KindBytes, value.KindVectorInt, value.KindVectorUint, value.KindVectorDouble, value.KindVectorObject,
		value.KindDictionary:
		return true
	case value.KindObject:
		return t.Shape.External && !t.Shape.Wrapper
	}
	return false
}

// value3Behind writes an AMF3 value in the place of an AMF0 value.
func (w *Writer) value3Behind(t *value.Token) error {
	w.behind = false
	w.lastAMF = len(w.out)
	w.out = append(w.out, raw.AVMPlus0)
	return w.value3(t)
}

func (w *Writer) number0Value(t *value.Token) error {
	bits, ok := float64Of(t)
	if !ok {
		_, err := decimal(t)
		return err
	}
	w.out = binary.BigEndian.AppendUint64(append(w.out, raw.Number0), bits)
	return nil
}

// string0 writes a string, or a long string past 65,535 bytes.
func (w *Writer) string0(t *value.Token) error {
	if t.TextLen() <= math.MaxUint16 {
		w.out = append(w.out, raw.String0)
		return w.utf(t)
	}
	w.out = append(w.out, raw.LongString0)
	return w.long0(t)
}

// long0 writes text with its length in four bytes.
func (w *Writer) long0(t *value.Token) error {
	n := t.TextLen()
	if uint64(n) > math.MaxUint32 {
		return cannot("text longer than 4 GiB")
	}
	w.Uint32(uint32(n))
	w.out = t.AppendText(w.out)
	return nil
}

// byValue remembers a value that is repeated where it is referred to: receivers do not agree on its number.
func (w *Writer) byValue(id int32, start int, numbered bool) error {
	if numbered {
		w.next0++
	}
	return w.record(id, written{start: int32(start), end: int32(len(w.out))})
}

// ref0 writes a reference to a value that began earlier, or repeats it where its number is unsure or past 16 bits.
func (w *Writer) ref0(t *value.Token) error {
	e, err := w.target(t)
	switch {
	case err != nil:
		return err
	case e.number0 > 0 && e.number0 <= math.MaxUint16+1:
		w.out = append(w.out, raw.Reference0)
		w.Uint16(uint16(e.number0 - 1))
		return w.record(0, *e)
	case e.number3 > 0:
		return w.value3Behind(t)
	case e.end == 0 && e.number0 > 0:
		return value.Errorf(-1, value.ErrCycle, "a value contains itself, past the 65,536 that AMF0 can refer to")
	case e.end == 0:
		return cannot("a reference to a value that has not been written")
	case w.lastAMF >= int(e.start):
		return cannot("a value with AMF3 parts is referred to, past the 65,536 that AMF0 can refer to")
	}
	if len(w.out)+int(e.end-e.start) > w.limits.Bytes {
		return errOutput()
	}
	w.out = append(w.out, w.out[e.start:e.end]...)
	return nil
}

// number0 gives a container its number in AMF0's table.
func (w *Writer) number0(id int32, start int) error {
	w.next0++
	return w.record(id, written{number0: w.next0, start: int32(start)})
}

// container0 writes the beginning of a container.
func (w *Writer) container0(t *value.Token) error {
	start := len(w.out)
	f := writeFrame{id: t.ID}
	switch t.Kind {
	case value.KindList:
		w.out = append(w.out, raw.StrictArray0)
		f.phase, f.countAt = writeItems0, len(w.out)
		w.Uint32(0)
	case value.KindMap:
		w.out = append(w.out, raw.Object0)
		f.phase = writeNames0
	case value.KindMixed:
		w.out = append(w.out, raw.ECMAArray0)
		f.phase, f.countAt = writeMixed0, len(w.out)
		w.Uint32(0)
	case value.KindObject:
		if t.Shape.Wrapper {
			return w.through0(t)
		}
		f.phase, f.left, f.shape = writeSealed0, uint64(len(t.Shape.Sealed)), t.Shape
		if t.Shape.Class == "" {
			w.out = append(w.out, raw.Object0)
			break
		}
		w.out = append(w.out, raw.TypedObject0)
		if err := w.UTF(t.Shape.Class); err != nil {
			return err
		}
	default:
		return cannot("a token of kind ", t.Kind.String())
	}
	if err := w.number0(t.ID, start); err != nil {
		return err
	}
	return w.push(f)
}

// through0 passes through a wrapper, which AMF0 has no form for: it stands for its one value.
func (w *Writer) through0(t *value.Token) error {
	if t.ID != 0 {
		e, err := w.entry(t.ID)
		if err != nil {
			return err
		}
		*e = written{start: int32(len(w.out))}
	}
	return w.push(writeFrame{phase: writeThrough0, left: 1, id: t.ID})
}
