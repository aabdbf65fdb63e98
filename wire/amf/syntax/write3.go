package syntax

import (
	"slices"
	"strconv"

	"github.com/patchbay-go/patchbay/core/value"
	"github.com/patchbay-go/patchbay/wire/amf/internal/raw"
)

// value3 writes an AMF3 value.
func (w *writer) value3(n Node) error {
	switch n := n.(type) {
	case *Null:
		w.byte(raw.Null3)
	case *Undefined:
		w.byte(raw.Undefined3)
	case *Bool:
		if n.V {
			w.byte(raw.True3)
		} else {
			w.byte(raw.False3)
		}
	case *Int:
		w.byte(raw.Integer3)
		w.buf = raw.AppendU29(w.buf, uint32(n.V))
	case *Double:
		w.byte(raw.Double3)
		w.u64(n.Bits)
	case *String, *Repeat:
		w.byte(raw.String3)
		text, _ := w.doc.Text(n)
		return within(".v", w.string3(text))
	case *Ref:
		return w.ref3(n)
	default:
		return w.referable(n)
	}
	return nil
}

// referable writes a value that takes a number.
func (w *writer) referable(n Node) error {
	switch n := n.(type) {
	case *UID:
		w.claim3(NoID, raw.ByteArray3) //nolint:errcheck // nothing is claimed
		return w.octets(string(n.V[:]))
	case *XML:
		m := byte(raw.XML3)
		if n.Legacy {
			m = raw.XMLDocument3
		}
		return first(w.claim3(n.ID, m), within(".v", w.octets(n.Text)))
	case *Bytes:
		return first(w.claim3(n.ID, raw.ByteArray3), within(".hex", w.octets(string(n.Data))))
	case *Date3:
		if err := w.claim3(n.ID, raw.Date3); err != nil {
			return err
		}
		w.byte(1)
		w.u64(n.Bits)
		return nil
	}
	return w.container3(n)
}

// claim3 numbers a value and writes its type marker.
func (w *writer) claim3(id int, marker byte) error {
	if err := claim(id, len(w.objects3)); err != nil {
		return err
	}
	w.objects3 = append(w.objects3, marker)
	w.byte(marker)
	return nil
}

// length writes a length or count with the bit that says that no reference follows.
func (w *writer) length(n int, what string) error {
	if n > raw.MaxLen29 {
		return tooLong(what, n, raw.MaxLen29)
	}
	w.buf = raw.AppendU29(w.buf, uint32(n)<<1|1)
	return nil
}

// octets writes a length and bytes.
func (w *writer) octets(s string) error {
	err := w.length(len(s), "a text or byte array")
	w.buf = append(w.buf, s...)
	return err
}

// string3 writes a string without marker: by reference where it was written before. The empty one is always inline.
func (w *writer) string3(s string) error {
	if i, ok := w.strings[s]; ok {
		w.buf = raw.AppendU29(w.buf, i<<1)
		return nil
	}
	if s != "" && len(w.strings) <= raw.MaxLen29 {
		w.strings[s] = uint32(len(w.strings))
	}
	return w.octets(s)
}

func (w *writer) ref3(n *Ref) error {
	if n.ID >= len(w.objects3) {
		return wrong("reference to object %d, but only %d were written before it", n.ID, len(w.objects3))
	}
	w.byte(w.objects3[n.ID])
	w.buf = raw.AppendU29(w.buf, uint32(n.ID)<<1)
	return nil
}

func (w *writer) container3(n Node) error {
	switch n := n.(type) {
	case *Array:
		return w.array(n)
	case *Object3:
		return w.object3(n)
	case *External:
		return w.external(n)
	case *NumberVector:
		return w.numberVector(n)
	case *ObjectVector:
		return w.objectVector(n)
	case *Dictionary:
		return w.dictionary(n)
	}
	return wrong("AMF3 has no value of type %T", n)
}

func (w *writer) array(n *Array) error {
	err := first(w.claim3(n.ID, raw.Array3), w.length(len(n.Dense), "an array"))
	return first(err, w.members3("assoc", n.Assoc), w.list("dense", n.Dense, w.value3))
}

// members3 writes named values and the empty name that ends them.
func (w *writer) members3(key string, members []Member) error {
	for i, m := range members {
		if m.Name == "" {
			return inList(key, i, wrong("AMF3 ends the list at an empty name, so it cannot be one"))
		}
		if err := w.string3(m.Name); err != nil {
			return inList(key, i, value.WithinIndex(0, err))
		}
		if err := w.value3(m.Value); err != nil {
			return inList(key, i, value.WithinIndex(1, err))
		}
	}
	return w.string3("")
}

func (w *writer) object3(n *Object3) error {
	if err := w.claim3(n.ID, raw.Object3); err != nil {
		return err
	}
	if err := w.traitsOf(n.Traits, n.Use); err != nil {
		return err
	}
	for i, v := range n.Sealed {
		if err := w.value3(v); err != nil {
			return inList("sealed", i, value.WithinIndex(1, err))
		}
	}
	if !n.Traits.Dynamic {
		return nil
	}
	return w.members3("dynamic_members", n.Dynamic)
}

// key is the same for equal traits and differs for others.
func (t *Traits) key() string {
	key := strconv.AppendBool(nil, t.Dynamic)
	key = strconv.AppendBool(key, t.External)
	key = strconv.AppendQuote(key, t.Class)
	for _, name := range t.Sealed {
		key = strconv.AppendQuote(key, name)
	}
	return string(key)
}

func (t *Traits) equal(u *Traits) bool {
	return t.Class == u.Class && t.Dynamic == u.Dynamic && t.External == u.External && slices.Equal(t.Sealed, u.Sealed)
}

// traitsOf writes the header of an object: a reference to traits, or the traits.
func (w *writer) traitsOf(t *Traits, use TraitsUse) error {
	if use == TraitsAuto {
		use = TraitsInline
		if i, ok := w.known[t.key()]; ok {
			use = TraitsUse(i)
		}
	}
	if use == TraitsInline {
		return w.inlineTraits(t)
	}
	if int(use) >= len(w.traits) {
		return within(".traits", wrong("reference to traits %d, but only %d were written before it", use, len(w.traits)))
	}
	if !t.equal(w.traits[use]) {
		return within(".traits", wrong("class, dynamic and names of sealed differ from traits %d, an object of class %q", use, short(w.traits[use].Class)))
	}
	w.buf = raw.AppendU29(w.buf, uint32(use)<<2|1)
	return nil
}

func (w *writer) inlineTraits(t *Traits) error {
	key := t.key()
	if _, ok := w.known[key]; !ok {
		w.known[key] = len(w.traits)
	}
	w.traits = append(w.traits, t)
	if len(t.Sealed) > raw.MaxLen29>>3 {
		return tooLong("a class", len(t.Sealed), raw.MaxLen29>>3)
	}
	header := uint32(len(t.Sealed))<<sealedShift | traitsInline | 1
	if t.External {
		header |= traitsExternal
	}
	if t.Dynamic {
		header |= traitsDynamic
	}
	w.buf = raw.AppendU29(w.buf, header)
	if err := w.string3(t.Class); err != nil {
		return value.WithinMember("class", err)
	}
	for i, name := range t.Sealed {
		if err := w.string3(name); err != nil {
			return inList("sealed", i, value.WithinIndex(0, err))
		}
	}
	return nil
}

func (w *writer) numberVector(n *NumberVector) error {
	err := first(w.claim3(n.ID, raw.VectorInt3+byte(n.Of)), w.length(len(n.Items), "a vector"))
	w.flagByte(n.Fixed)
	for _, v := range n.Items {
		if n.Of == OfDouble {
			w.u64(v)
		} else {
			w.u32(uint32(v))
		}
	}
	return err
}

func (w *writer) objectVector(n *ObjectVector) error {
	if err := first(w.claim3(n.ID, raw.VectorObject3), w.length(len(n.Items), "a vector")); err != nil {
		return err
	}
	w.flagByte(n.Fixed)
	return first(within(".class", w.string3(n.Class)), w.list("items", n.Items, w.value3))
}

func (w *writer) dictionary(n *Dictionary) error {
	if err := first(w.claim3(n.ID, raw.Dictionary3), w.length(len(n.Items), "a dictionary")); err != nil {
		return err
	}
	w.flagByte(n.Weak)
	return w.pairs("items", n.Items)
}

func (w *writer) pairs(key string, pairs []Pair) error {
	for i, p := range pairs {
		if err := w.value3(p.Key); err != nil {
			return inList(key, i, value.WithinIndex(0, err))
		}
		if err := w.value3(p.Value); err != nil {
			return inList(key, i, value.WithinIndex(1, err))
		}
	}
	return nil
}
