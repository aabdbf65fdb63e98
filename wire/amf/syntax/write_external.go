package syntax

import (
	"github.com/patchbay-go/patchbay/wire/amf/internal/raw"
)

// external writes an externalizable object.
func (w *writer) external(n *External) error {
	if err := first(w.claim3(n.ID, raw.Object3), w.traitsOf(n.Traits, n.Use)); err != nil {
		return err
	}
	switch externalForm(n.Traits.Class) {
	case formEntries:
		w.u32(uint32(len(n.Entries)))
		return w.pairs("entries", n.Entries)
	case formFields:
		return w.fields(n)
	}
	return within(".source", w.value3(n.Source))
}

// fields writes a small message: for each group its flags, without trailing zero bytes, then the values.
func (w *writer) fields(n *External) error {
	for _, g := range smallGroups(n.Traits.Class) {
		flags := make([]byte, max(len(g), 1))
		var values []Field
		for i, known := range g {
			for bit, f := range known {
				if v := w.find(n.Fields, f); v != nil {
					flags[i] |= 1 << bit
					values = append(values, Field{Name: f.name, Value: v})
				}
			}
		}
		w.flagBytes(flags)
		for _, f := range values {
			if err := w.value3(f.Value); err != nil {
				return within(".fields."+f.Name, err)
			}
		}
	}
	return nil
}

// find returns the value that goes into a field, or nil.
func (w *writer) find(fields []Field, f smallField) Node {
	for _, have := range fields {
		if have.Name == f.name && !have.Reserved && w.asBytes(have) == f.uid {
			return have.Value
		}
	}
	return nil
}

// asBytes reports whether a field's value is an id as 16 bytes, or refers to bytes where an id is wanted. What it refers to may be
// an id of the same flag byte, which is not written yet.
func (w *writer) asBytes(f Field) bool {
	switch v := f.Value.(type) {
	case *UID:
		return true
	case *Ref:
		isID := f.Name == "clientId" || f.Name == "messageId" || f.Name == "correlationId"
		return isID && (v.ID >= len(w.objects3) || w.objects3[v.ID] == raw.ByteArray3)
	}
	return false
}

func (w *writer) flagBytes(flags []byte) {
	for len(flags) > 1 && flags[len(flags)-1] == 0 {
		flags = flags[:len(flags)-1]
	}
	for i, b := range flags {
		if i < len(flags)-1 {
			b |= moreFlags
		}
		w.byte(b)
	}
}
