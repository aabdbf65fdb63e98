package syntax

import (
	"encoding/binary"
	"math"
	"strconv"

	"github.com/patchbay-go/patchbay/core/value"
)

// Append appends the document's bytes in their shortest form: integers as short as they go, strings by reference where they were
// written before. IDs, references and traits are taken as they stand; what cannot be written so is an error that says where in
// the description.
func (d *Document) Append(b []byte) ([]byte, error) {
	w := &writer{doc: d, buf: b}
	w.fresh()
	var err error
	switch d.Kind {
	case Remote:
		err = w.packet(d.Packet)
	case AMF3:
		err = w.list("", d.Values, w.value3)
	default:
		err = w.list("", d.Values, w.value0)
	}
	if err != nil {
		return b, err
	}
	return w.buf, nil
}

// A writer writes one unit.
type writer struct {
	doc *Document
	buf []byte

	// The tables of the header or body.
	objects0 int
	objects3 []byte // for each AMF3 object its type marker
	strings  map[string]uint32
	traits   []*Traits
	known    map[string]int // by Traits.key
}

// fresh empties the reference tables.
func (w *writer) fresh() {
	w.objects0 = 0
	w.objects3 = nil
	w.strings = map[string]uint32{}
	w.traits = nil
	w.known = map[string]int{}
}

// claim checks that a value said to have number id gets it.
func claim(id, next int) error {
	if id != NoID && id != next {
		return wrong("id is %d, but here it becomes number %d: leave id out or use that", id, next)
	}
	return nil
}

// list writes values that stand under a key of the description.
func (w *writer) list(key string, items []Node, write func(Node) error) error {
	for i, n := range items {
		if err := write(n); err != nil {
			return inList(key, i, err)
		}
	}
	return nil
}

// inList puts an index, and the key that the list stands under, before the path of err.
func inList(key string, i int, err error) error {
	err = value.WithinIndex(i, err)
	if key == "" {
		return err
	}
	return value.WithinMember(key, err)
}

func (w *writer) byte(b ...byte) { w.buf = append(w.buf, b...) }

func (w *writer) u16(v uint16) { w.buf = binary.BigEndian.AppendUint16(w.buf, v) }

func (w *writer) u32(v uint32) { w.buf = binary.BigEndian.AppendUint32(w.buf, v) }

func (w *writer) u64(v uint64) { w.buf = binary.BigEndian.AppendUint64(w.buf, v) }

// flagByte writes a truth value as a byte.
func (w *writer) flagByte(v bool) {
	if v {
		w.byte(1)
		return
	}
	w.byte(0)
}

// packet writes a packet with the lengths that it claims, and true ones where it claims none.
func (w *writer) packet(k *Packet) error {
	if k == nil {
		return wrong("there is no packet")
	}
	w.u16(k.Version)
	w.u16(uint16(len(k.Headers)))
	for i, h := range k.Headers {
		if err := w.header(h); err != nil {
			return inList("headers", i, err)
		}
	}
	w.u16(uint16(len(k.Bodies)))
	for i, b := range k.Bodies {
		if err := w.body(b); err != nil {
			return inList("bodies", i, err)
		}
	}
	w.byte(k.Trailing...)
	return nil
}

func (w *writer) header(h Header) error {
	if err := w.string0(h.Name); err != nil {
		return value.WithinMember("name", err)
	}
	w.flagByte(h.MustUnderstand)
	return w.sized(h.Length, h.Value)
}

func (w *writer) body(b Body) error {
	if err := w.string0(b.Target); err != nil {
		return value.WithinMember("target", err)
	}
	if err := w.string0(b.Response); err != nil {
		return value.WithinMember("response", err)
	}
	return w.sized(b.Length, b.Value)
}

func (w *writer) sized(claimed Length, v Node) error {
	w.fresh()
	at := len(w.buf)
	w.u32(uint32(claimed))
	if err := w.value0(v); err != nil {
		return value.WithinMember("value", err)
	}
	if claimed != Unclaimed {
		return nil
	}
	actual := len(w.buf) - at - 4
	if uint64(actual) > math.MaxUint32 {
		return tooLong("a value", actual, math.MaxUint32)
	}
	binary.BigEndian.PutUint32(w.buf[at:], uint32(actual))
	return nil
}

func tooLong(what string, n int, most uint64) error {
	return wrong("%s of %d bytes or items does not fit: at most %s do", what, n, strconv.FormatUint(most, 10))
}
