package value

import (
	"math"
	"reflect"
)

// setShape makes the Shape that values of a registered struct are written with: all fields are sealed, but those that may be left
// out, which follow by name as the members of the dynamic map do.
func (s *structPlan) setShape(c *class) {
	shape := &Shape{Class: c.alias, External: c.external != nil}
	for i, f := range s.fields {
		switch {
		case i == s.dynamic:
		case f.OmitEmpty && !shape.External:
			s.named = append(s.named, i)
		default:
			s.sealed = append(s.sealed, &s.fields[i])
			shape.Sealed = append(shape.Sealed, f.Name)
		}
	}
	s.runs = scalarRuns(s.sealed)
	shape.Dynamic = s.dynamic >= 0 || len(s.named) > 0
	s.shape = shape
}

// setAnonymous is setShape for a struct without a class: every member comes by name.
func (s *structPlan) setAnonymous() {
	for i := range s.fields {
		if i != s.dynamic {
			s.named = append(s.named, i)
		}
	}
}

func (c *compiler) structEncoder(t reflect.Type) encodeFunc {
	return c.structPlan(t).encode
}

func (s *structPlan) encode(e *Encoder, v reflect.Value) error {
	e.tok = Token{Kind: KindMap, Num: Unknown}
	if s.shape != nil {
		e.tok = Token{Kind: KindObject, Shape: s.shape}
	}
	if err := e.open(&e.tok); err != nil {
		return err
	}
	if err := s.encodeSealed(e, v); err != nil {
		return err
	}
	for _, i := range s.named {
		if err := s.fields[i].encodeNamed(e, v); err != nil {
			return WithinMember(s.fields[i].Name, err)
		}
	}
	if s.dynamic >= 0 {
		if err := s.encodeDynamic(e, s.fields[s.dynamic].get(v)); err != nil {
			return err
		}
	}
	return e.end()
}

// encodeSealed writes the members that come by position; runs of scalars straight from their fields, where the Writer can do that.
func (s *structPlan) encodeSealed(e *Encoder, v reflect.Value) error {
	direct := e.fields != nil && v.CanAddr()
	var memory StructMemory
	if direct {
		memory = memoryOf(v)
	}
	for i := 0; i < len(s.sealed); i++ {
		if run := s.runs[i]; len(run) > 0 && direct {
			n, err := e.fields.WriteFields(memory, run)
			i += n
			if err != nil {
				return WithinMember(s.sealed[i].Name, err)
			}
			if e.elements -= n; n == len(run) {
				i--
				continue
			}
		}
		if err := s.sealed[i].encode(e, v); err != nil {
			return WithinMember(s.sealed[i].Name, err)
		}
	}
	return nil
}

func (f *fieldPlan) encodeNamed(e *Encoder, v reflect.Value) error {
	if f.OmitEmpty && isEmpty(f.get(v)) {
		return nil
	}
	if err := e.writeText(KindName, f.Name); err != nil {
		return err
	}
	return f.encode(e, v)
}

func (f *fieldPlan) encode(e *Encoder, v reflect.Value) error {
	switch f.usual {
	case KindString:
		return e.writeText(KindString, v.Field(f.index).String())
	case KindInt:
		return e.scalar(KindInt, uint64(v.Field(f.index).Int()))
	case KindFloat:
		return e.scalar(KindFloat, math.Float64bits(v.Field(f.index).Float()))
	case KindBool:
		return e.scalar(KindBool, bit(v.Field(f.index).Bool()))
	case KindTime:
		return encodeTime(e, v.Field(f.index))
	}
	field := f.get(v)
	if !field.IsValid() {
		return e.scalar(KindNull, 0)
	}
	if f.convert == nil {
		return f.plan.encode(e, field)
	}
	wire := reflect.New(f.convert.wire).Elem()
	if err := f.convert.encode(field, wire); err != nil {
		return Errorf(-1, ErrEncode, err.Error())
	}
	return f.plan.encode(e, wire)
}

// get returns the field of the struct v; not valid: it is behind an embedded pointer that is nil.
func (f *fieldPlan) get(v reflect.Value) reflect.Value {
	if f.index >= 0 {
		return v.Field(f.index)
	}
	for i, x := range f.Index {
		if i > 0 && v.Kind() == reflect.Pointer {
			if v.IsNil() {
				return reflect.Value{}
			}
			v = v.Elem()
		}
		v = v.Field(x)
	}
	return v
}

// encodeDynamic writes the entries of the dynamic map that no field has the name of.
func (s *structPlan) encodeDynamic(e *Encoder, m reflect.Value) error {
	if !m.IsValid() {
		return nil
	}
	members := make(Members, 0, m.Len())
	for it := m.MapRange(); it.Next(); {
		name := it.Key().String()
		if _, taken := s.byName[name]; !taken {
			members = append(members, Member{name, it.Value().Interface()})
		}
	}
	members.sort()
	return e.writeMembers(members)
}

// isEmpty is what omitempty leaves out: the zero value, and a list or map without content.
func isEmpty(v reflect.Value) bool {
	if !v.IsValid() {
		return true
	}
	switch v.Kind() {
	case reflect.Slice, reflect.Map:
		return v.Len() == 0
	}
	return v.IsZero()
}
