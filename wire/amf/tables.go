package amf

import (
	"slices"

	"github.com/patchbay-go/patchbay/core/value"
)

// The reference tables. objects0 is numbered by the rule in force; all0 counts every AMF0 value that any sender counts, dates
// included.
const (
	strings3 = iota
	objects3
	traits3
	objects0
	all0
	tableCount
)

// Heights holds one number per table.
type heights [tableCount]int32

// A text is an entry of the string table: a place in the input rather than a view of it, which has no pointer that the garbage
// collector must follow. Its Go string is made when someone first asks for it.
type text struct {
	start, size int32 // size -1: str had to be made from other bytes
	str         string
}

// view returns the bytes of a text in the input; nil: it has none.
func (r *Reader) view(t *text) []byte {
	if t.size < 0 {
		return nil
	}
	end := t.start + t.size
	return r.in.Buf[t.start:end:end]
}

// goString returns a text as a Go string, which is made once.
func (r *Reader) goString(t *text) string {
	if t.str == "" {
		t.str = string(r.view(t))
	}
	return t.str
}

// An entry is a value that can be referred to: where it began and how high the tables were. Its ID is its index plus one.
type entry struct {
	offset  int32
	section int32
	heights heights
	record  int32 // what its External has read: index into Reader.records plus one
	mode    uint8
}

// Tables hold all that has been seen in one unit. They never shrink: a cursor per table says how much of it counts at the
// place that is being read. Where an earlier place is read again, its values are met again and only move the cursors. A
// section is what shares one numbering, such as one body of a packet; the tables of all sections lie one after the other.
type tables struct {
	texts    []text
	traits   []*value.Shape
	ids3     []int32 // objects3: IDs
	ids0     []int32 // objects0
	idsAll   []int32 // all0
	entries  []entry
	sections []heights // where each section begins

	cursor  heights
	base    heights // where the section that is being read begins
	end     heights // where what is known of it ends
	section int32
}

// maxKept is how many entries a table may have to be kept for the next unit: some megabytes for all tables.
const maxKept = 1 << 15

// restart forgets everything and begins the first section. Tables that one large unit made grow are given up.
func (t *tables) restart() {
	if cap(t.texts) > maxKept || cap(t.traits) > maxKept || cap(t.entries) > maxKept {
		*t = tables{}
	}
	clear(t.texts)
	clear(t.traits)
	t.texts, t.traits = t.texts[:0], t.traits[:0]
	t.ids3, t.ids0, t.idsAll, t.entries = t.ids3[:0], t.ids0[:0], t.idsAll[:0], t.entries[:0]
	t.sections = t.sections[:0]
	t.newSection()
}

// known returns how many entries each table has.
func (t *tables) known() heights {
	return heights{int32(len(t.texts)), int32(len(t.ids3)), int32(len(t.traits)), int32(len(t.ids0)), int32(len(t.idsAll))}
}

func (t *tables) newSection() {
	t.sections = append(t.sections, t.known())
	t.section = int32(len(t.sections) - 1)
	t.cursor = t.known()
	t.use(t.section)
}

// use makes section the one that references count in.
func (t *tables) use(section int32) {
	t.section = section
	t.base = t.sections[section]
	t.end = t.known()
	if int(section)+1 < len(t.sections) {
		t.end = t.sections[section+1]
	}
}

// grows reports whether the section being read is the last, the only one that can still grow. An earlier one was read to its
// end before the next began, unless it was given up after an error.
func (t *tables) grows() bool { return int(t.section)+1 == len(t.sections) }

// enter3 gives an AMF3 value that begins at start its place in the object table, and returns its ID.
func (r *Reader) enter3(start int) (int32, error) {
	i := r.cursor[objects3]
	if i < r.end[objects3] {
		r.cursor[objects3]++
		return r.ids3[i], nil
	}
	id, err := r.newEntry(start, modeAMF3)
	if err != nil {
		return 0, err
	}
	r.ids3 = append(r.ids3, id)
	r.cursor[objects3]++
	r.end[objects3]++
	return id, nil
}

// enter0 gives an AMF0 value its place in both tables of AMF0; numbered says whether the rule in force numbers such values.
func (r *Reader) enter0(start int, numbered bool) (int32, error) {
	var id int32
	if i := r.cursor[all0]; i < r.end[all0] {
		id = r.idsAll[i]
	} else {
		var err error
		if id, err = r.newEntry(start, modeAMF0); err != nil {
			return 0, err
		}
		r.idsAll = append(r.idsAll, id)
		r.end[all0]++
		if numbered {
			r.ids0 = append(r.ids0, id)
			r.end[objects0]++
		}
	}
	r.cursor[all0]++
	if numbered {
		r.cursor[objects0]++
	}
	return id, nil
}

func (r *Reader) newEntry(start int, mode uint8) (int32, error) {
	if !r.grows() {
		return 0, errGivenUp(start)
	}
	if err := r.take(entryMemory); err != nil {
		return 0, err
	}
	if len(r.entries) == cap(r.entries) {
		r.entries = slices.Grow(r.entries, 1)
	}
	r.entries = r.entries[:len(r.entries)+1]
	e, c := &r.entries[len(r.entries)-1], &r.cursor
	e.offset, e.section, e.record, e.mode = int32(start), r.section, 0, mode|r.flags
	e.heights[0], e.heights[1], e.heights[2], e.heights[3], e.heights[4] = c[0], c[1], c[2], c[3], c[4] // a copy in larger pieces waits for what was written just now
	return int32(len(r.entries)), nil
}

// reference3 resolves an index into the AMF3 object table.
func (r *Reader) reference3(t *value.Token, start int, index uint32) error {
	i := r.base[objects3] + int32(index)
	if i >= r.cursor[objects3] {
		return errReference(start, "object", index)
	}
	put(t, value.KindRef, uint64(r.ids3[i]))
	return nil
}

// reference0 resolves an index into the AMF0 table. Flash Player's two virtual machines differ in whether a date takes a
// number: what is past the end of the one numbering can only be meant in the other.
func (r *Reader) reference0(t *value.Token, start int, index uint16) error {
	rule := r.numbering()
	if index == 0 && rule != NumberingPyAMF && r.flags&flagArguments != 0 {
		return &value.Error{Offset: start, Err: ErrReferencesArguments}
	}
	if i := r.base[objects0] + int32(index); i < r.cursor[objects0] {
		put(t, value.KindRef, uint64(r.ids0[i]))
		return nil
	}
	if i := r.base[all0] + int32(index); rule == NumberingFlash && i < r.cursor[all0] {
		put(t, value.KindRef, uint64(r.idsAll[i]))
		return nil
	}
	return errReference(start, "object", uint32(index))
}
