package syntax

import (
	"math"

	"github.com/patchbay-go/patchbay/core/value"
	"github.com/patchbay-go/patchbay/wire/amf/internal/raw"
)

// value0 writes an AMF0 value.
func (w *writer) value0(n Node) error {
	switch n := n.(type) {
	case *Null:
		w.byte(raw.Null0)
	case *Undefined:
		w.byte(raw.Undefined0)
	case *Unsupported:
		w.byte(raw.Unsupported0)
	case *Bool:
		w.byte(raw.Boolean0)
		w.flagByte(n.V)
	case *Double:
		w.byte(raw.Number0)
		w.u64(n.Bits)
	case *Date0:
		w.byte(raw.Date0)
		w.u64(n.Bits)
		w.u16(uint16(n.Zone))
	case *AVMPlus:
		w.byte(raw.AVMPlus0)
		return within(".v", w.value3(n.Value))
	case *String:
		return within(".v", w.stringValue0(n))
	case *XML:
		w.byte(raw.XMLDocument0)
		if err := w.claim0(n.ID); err != nil {
			return err
		}
		return within(".v", w.longString0(n.Text))
	case *Ref:
		return w.ref0(n)
	default:
		return w.container0(n)
	}
	return nil
}

func (w *writer) claim0(id int) error {
	if err := claim(id, w.objects0); err != nil {
		return err
	}
	w.objects0++
	return nil
}

func (w *writer) container0(n Node) error {
	switch n := n.(type) {
	case *StrictArray:
		w.byte(raw.StrictArray0)
		w.u32(uint32(len(n.Items)))
		return first(w.claim0(n.ID), w.list("items", n.Items, w.value0))
	case *ECMAArray:
		length := n.Length
		if length == Unclaimed {
			length = Length(len(n.Members))
		}
		w.byte(raw.ECMAArray0)
		w.u32(uint32(length))
		return first(w.claim0(n.ID), w.members0(n.Members))
	case *Object0:
		return w.object0(n)
	}
	return wrong("AMF0 has no value of type %T", n)
}

func (w *writer) object0(n *Object0) error {
	if err := w.claim0(n.ID); err != nil {
		return err
	}
	if n.Class == "" {
		w.byte(raw.Object0)
		return w.members0(n.Members)
	}
	w.byte(raw.TypedObject0)
	if err := w.string0(n.Class); err != nil {
		return value.WithinMember("class", err)
	}
	return w.members0(n.Members)
}

func (w *writer) members0(members []Member) error {
	for i, m := range members {
		if err := w.string0(m.Name); err != nil {
			return inList("members", i, value.WithinIndex(0, err))
		}
		if err := w.value0(m.Value); err != nil {
			return inList("members", i, value.WithinIndex(1, err))
		}
	}
	w.byte(0, 0, raw.ObjectEnd0)
	return nil
}

func (w *writer) stringValue0(n *String) error {
	if n.Long {
		w.byte(raw.LongString0)
		return w.longString0(n.Text)
	}
	w.byte(raw.String0)
	return w.string0(n.Text)
}

func (w *writer) string0(s string) error {
	if len(s) > math.MaxUint16 {
		return tooLong("a text", len(s), math.MaxUint16)
	}
	w.u16(uint16(len(s)))
	w.buf = append(w.buf, s...)
	return nil
}

func (w *writer) longString0(s string) error {
	if uint64(len(s)) > math.MaxUint32 {
		return tooLong("a text", len(s), math.MaxUint32)
	}
	w.u32(uint32(len(s)))
	w.buf = append(w.buf, s...)
	return nil
}

func (w *writer) ref0(n *Ref) error {
	if n.ID >= w.objects0 {
		return wrong("reference to object %d, but only %d were written before it", n.ID, w.objects0)
	}
	if n.ID > math.MaxUint16 {
		return wrong("reference to object %d: AMF0 counts to %d", n.ID, math.MaxUint16)
	}
	w.byte(raw.Reference0)
	w.u16(uint16(n.ID))
	return nil
}
