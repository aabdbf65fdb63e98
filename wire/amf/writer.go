package amf

import (
	"encoding/binary"
	"math"

	"github.com/patchbay-go/patchbay/core/value"
	"github.com/patchbay-go/patchbay/wire/amf/internal/raw"
)

// WriterOptions change how tokens are written. The zero value is good: AMF0, with references.
type WriterOptions struct {
	AMF3           bool // values at the top level are AMF3; within a packet they are AMF0
	UseCollections bool // AMF3: a List goes out as an ArrayCollection, unless its token says plain
	UseProxies     bool // AMF3: a Map goes out as an ObjectProxy, unless its token says plain
	// NoReferences writes no references to objects; who feeds the Writer then writes shared values again. Strings and traits
	// are still referred to.
	NoReferences bool
	UseLegacyXML bool         // AMF3: XML goes out as XMLDocument, for code older than ActionScript 3
	Numbering    Numbering    // of AMF0 references
	Limits       value.Limits // Depth and Bytes of the output
	// Externals returns what reads and writes an externalizable class, nil for one it does not know. The classes of Flex
	// are known without it.
	Externals func(class string) External
}

// Writer turns tokens into AMF bytes. It implements value.Writer; one goroutine uses it at a time.
type Writer struct {
	out     []byte
	frames  []writeFrame
	strings stringTable
	traits  traitTable
	ids     []written // by Token.ID
	next3   int32     // number of the next value in AMF3's object table
	next0   int32     // number of the next value in AMF0's table
	behind  bool      // the next value goes behind 0x11
	lastAMF int       // where the last 0x11 was written, -1: nowhere

	buffer  buffer
	replays bool              // tokens come from the buffer
	at      int               // which of them
	outputs []*ExternalOutput // one per level of externalizables within each other, kept for the next
	level   int

	limits  value.Limits
	options WriterOptions
}

// Written says where a value with an ID went.
type written struct {
	number3    int32 // in the object table plus one
	number0    int32 // in AMF0's table plus one
	start, end int32 // AMF0: its bytes, for what can only be repeated; end 0: still open
	marker     byte  // number3: its AMF3 marker, which stands before a reference too
}

var _ value.Writer = (*Writer)(nil)

// NewWriter returns a Writer with an empty output. A nil opts means its zero value.
func NewWriter(opts *WriterOptions) *Writer {
	w := new(Writer)
	w.Reset(opts)
	return w
}

// maxOutput is how large an output may be to be kept for the next unit.
const maxOutput = 4 << 20

// Reset empties the output and forgets everything, as NewWriter does, with the memory it has, unless that is very large: what
// Bytes returned is overwritten.
func (w *Writer) Reset(opts *WriterOptions) {
	if opts == nil {
		opts = new(WriterOptions)
	}
	w.options = *opts
	w.limits = opts.Limits.WithDefaults()
	w.out = w.out[:0]
	if cap(w.out) > maxOutput {
		w.out = nil
	}
	if cap(w.ids) > maxKept || cap(w.buffer.items) > maxKept {
		w.ids, w.buffer = nil, buffer{}
	}
	w.NewTables()
}

// Bytes returns what has been written; it is good until the next call.
func (w *Writer) Bytes() []byte { return w.out }

// Len returns the length of what has been written.
func (w *Writer) Len() int { return len(w.out) }

// Truncate takes back all but the first n bytes, which must end between values of the top level, after an error for instance.
// Tables start afresh.
func (w *Writer) Truncate(n int) {
	w.out = w.out[:n]
	w.NewTables()
}

// Refs implements value.Writer.
func (w *Writer) Refs() bool { return !w.options.NoReferences }

// NewTables makes all reference tables start afresh, as they do at each header and body of a packet.
func (w *Writer) NewTables() {
	base := writeFrame{phase: writeTop0}
	if w.options.AMF3 {
		base.phase = writeTop3
	}
	w.frames = append(w.frames[:0], base)
	w.strings.reset()
	w.traits.reset()
	clear(w.ids)
	w.ids = append(w.ids[:0], written{}) // 0 is no ID
	w.next3, w.next0, w.lastAMF = 0, 0, -1
	w.behind, w.replays = false, false
	w.level = 0
	w.buffer.reset()
}

// BehindMarker says that the next value, where it would be AMF0, is AMF3 behind the marker 0x11. All such values share their
// reference tables up to NewTables.
func (w *Writer) BehindMarker() { w.behind = true }

// Byte, Uint16, Uint32 and UTF write the fields of packets, outside of values.
func (w *Writer) Byte(v byte) { w.out = append(w.out, v) }

// Uint16 writes two bytes.
func (w *Writer) Uint16(v uint16) { w.out = binary.BigEndian.AppendUint16(w.out, v) }

// Uint32 writes four bytes.
func (w *Writer) Uint32(v uint32) { w.out = binary.BigEndian.AppendUint32(w.out, v) }

// PutUint32 writes four bytes over those at an offset, for a length that is known later.
func (w *Writer) PutUint32(offset int, v uint32) { binary.BigEndian.PutUint32(w.out[offset:], v) }

// UTF writes a length of two bytes and the text; more than 65,535 bytes are an error.
func (w *Writer) UTF(s string) error { return w.utf(&value.Token{Str: &s}) }

// utf writes text with its length in two bytes.
func (w *Writer) utf(t *value.Token) error {
	n := t.TextLen()
	if n > math.MaxUint16 {
		return cannot("a name or class of more than 65,535 bytes")
	}
	w.Uint16(uint16(n))
	w.out = t.AppendText(w.out)
	return nil
}

// cannot returns the error for a token that has no bytes.
func cannot(words ...string) error { return value.Errorf(-1, value.ErrEncode, words...) }

// Write implements value.Writer.
func (w *Writer) Write(t *value.Token) error {
	if w.buffer.active() && !w.replays {
		return w.fill(t)
	}
	var err error
	if f := &w.frames[len(w.frames)-1]; f.left > 0 && t.Kind <= value.KindString && (f.phase == writeItems3 || f.phase == writeSealed3) {
		f.left-- // as admit does: the short way for the values that most are
		err = w.value3(t)
	} else {
		err = w.write(t)
	}
	if err != nil {
		return err
	}
	return w.checkOutput()
}

func (w *Writer) checkOutput() error {
	if len(w.out) > w.limits.Bytes {
		return errOutput()
	}
	return nil
}

func errOutput() error {
	return value.Errorf(-1, value.ErrLimit, "the output is over its limit of bytes")
}

// write writes a token that is not to be buffered, or begins to buffer.
func (w *Writer) write(t *value.Token) error {
	f := &w.frames[len(w.frames)-1]
	switch t.Kind {
	case value.KindName:
		return w.name(f, t)
	case value.KindEnd:
		return w.end(f)
	}
	if !w.replays && w.mustBuffer(f, t) {
		return w.fill(t)
	}
	if err := w.admit(f); err != nil {
		return err
	}
	switch {
	case f.phase >= firstAMF0:
		return w.value0(t)
	case f.phase >= writeInts:
		return w.vectorItem(t)
	}
	return w.value3(t)
}

// number3 gives the value with that ID its number in AMF3's object table.
func (w *Writer) number3(id int32, marker byte) error {
	number := w.next3
	w.next3++
	if number > raw.MaxLen29 {
		return cannot("more objects than references can name")
	}
	return w.record(id, written{number3: number + 1, marker: marker})
}

// record keeps where the value with that ID went, and that the wrappers that AMF0 passes through on the way to it mean it too.
func (w *Writer) record(id int32, where written) error {
	if id != 0 {
		e, err := w.entry(id)
		if err != nil {
			return err
		}
		*e = where
	}
	for i := len(w.frames) - 1; w.frames[i].phase == writeThrough0; i-- {
		w.ids[w.frames[i].id] = where
	}
	return nil
}

// maxID bounds the table of IDs, which are dense in what any Reader or Encoder hands out.
const maxID = 1 << 26

// entry returns what is known of the value with that ID.
func (w *Writer) entry(id int32) (*written, error) {
	if id <= 0 || id > maxID {
		return nil, cannot("an ID out of range")
	}
	if int(id) >= len(w.ids) {
		w.ids = append(w.ids, make([]written, int(id)+1-len(w.ids))...)
	}
	return &w.ids[id], nil
}
