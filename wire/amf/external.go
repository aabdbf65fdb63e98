package amf

import (
	"fmt"

	"github.com/patchbay-go/patchbay/core/value"
)

// An External reads and writes the bytes of an externalizable class (AMF3 section 3.12). Both directions name the members
// they pass, so that the object looks like any other to whoever binds it; both are called on one goroutine at a time.
//
//	func (money) ReadExternal(in *amf.ExternalInput)    { in.UTF("currency"); in.Int("cents") }
//	func (money) WriteExternal(out *amf.ExternalOutput) { out.UTF("currency"); out.Int("cents") }
//
// Errors stay in the input or output: after the first one nothing more is read or written, and the caller reports it.
type External interface {
	ReadExternal(in *ExternalInput)
	WriteExternal(out *ExternalOutput)
}

// A member is what an External has read: a value that stands in the input, or one made from the class's own bytes.
type member struct {
	name    string
	literal bool
	token   value.Token // literal
	mark    value.Mark  // otherwise
}

// A record is one object that an External has read. It is read once, however often the Reader comes by: its members come from
// the record, and what is skipped is skipped by its end.
type record struct {
	shape       *value.Shape
	first, last int32 // of Reader.members
	end         value.Mark
}

// external3 begins an externalizable object.
func (r *Reader) external3(t *value.Token, start int, id int32, class *value.Shape) error {
	if r.entries[id-1].record == 0 {
		if err := r.readExternal(start, id, class.Class); err != nil {
			return err
		}
	}
	i := r.entries[id-1].record - 1
	rec := &r.records[i]
	put(t, value.KindObject, 0)
	t.ID = id
	t.Shape = rec.shape
	return r.open(frame{phase: external, member: rec.first, record: i})
}

// readExternal has the object's bytes read by its class and keeps the record. What it counts against the limits is counted
// again when the members are handed out, so it does not count here.
func (r *Reader) readExternal(start int, id int32, class string) error {
	reader := r.externalOf(class)
	if reader == nil {
		return syntax(start, "the externalizable class ", fmt.Sprintf("%.100q", class),
			" is not known, so nobody can tell where its bytes end")
	}
	claimed, budget := r.claimed, r.budget
	if err := r.open(frame{phase: closed}); err != nil {
		return err
	}
	in := r.nextInput()
	reader.ReadExternal(in)
	r.level--
	if in.err != nil {
		return in.err
	}
	if err := r.take(recordMemory + len(in.members)*memberMemory); err != nil {
		return err
	}
	first := int32(len(r.members))
	names := r.shapes.names[:0]
	for i := range in.members {
		names = append(names, []byte(in.members[i].name))
	}
	r.members = append(r.members, in.members...)
	shape, err := r.shape([]byte(class), names, value.Shape{External: true})
	if err != nil {
		return err
	}
	r.records = append(r.records, record{shape, first, int32(len(r.members)), r.Mark()})
	r.entries[id-1].record = int32(len(r.records))
	clear(in.members)
	r.close()
	r.claimed, r.budget = claimed, budget
	return nil
}

func (r *Reader) externalOf(class string) External {
	if r.options.Externals != nil {
		if e := r.options.Externals(class); e != nil {
			return e
		}
	}
	return flexExternal(class)
}

// nextInput returns the input for one more level of externalizables within each other.
func (r *Reader) nextInput() *ExternalInput {
	if r.level == len(r.inputs) {
		r.inputs = append(r.inputs, &ExternalInput{r: r})
	}
	in := r.inputs[r.level]
	r.level++
	in.members, in.err = in.members[:0], nil
	return in
}

// nextMember hands out what an External has read.
func (r *Reader) nextMember(t *value.Token, f *frame) error {
	rec := &r.records[f.record]
	if f.member == rec.last {
		r.jump(rec.end)
		return r.finish(t)
	}
	m := &r.members[f.member]
	f.member++
	if err := r.charge(1); err != nil {
		return err
	}
	if m.literal {
		*t = m.token
		return nil
	}
	r.jump(m.mark)
	return r.value3(t)
}

// markMember returns a Mark of what an External has read.
func (r *Reader) markMember(i int32) value.Mark {
	if m := &r.members[i]; !m.literal {
		return m.mark
	}
	return r.mark(int(i), modeLiteral|r.flags, r.section, r.cursor)
}

// clearRecords forgets what Externals have read.
func (r *Reader) clearRecords() {
	clear(r.members)
	clear(r.records)
	if cap(r.members) > maxKept || len(r.inputs) > value.DefaultDepth {
		r.members, r.records, r.inputs = nil, nil, nil
	}
	r.members, r.records, r.level = r.members[:0], r.records[:0], 0
	for _, in := range r.inputs {
		clear(in.members[:cap(in.members)])
	}
}
