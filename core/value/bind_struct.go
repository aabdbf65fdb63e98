package value

import (
	"reflect"
	"slices"
)

// A structPlan is how objects become values of one struct type, and the other way round.
type structPlan struct {
	typ     reflect.Type
	fields  []fieldPlan
	byName  map[string]int
	dynamic int             // index of the field for members without one; -1: they are dropped
	shape   *Shape          // for encoding; nil where the type has no class
	sealed  []*fieldPlan    // for encoding: the fields that come by position,
	runs    [][]ScalarField // as shapePlan's
	named   []int           // and those that follow by name
}

// A fieldPlan is one member of a struct.
type fieldPlan struct {
	Field
	index   int         // in its struct; -1 where Field.Index is a path through embedded structs
	scalar  ScalarField // where usual is not KindInvalid
	usual   Kind        // the kind of token that a scalar field has on both ways; KindInvalid: its plan decides
	plan    *plan
	convert *converter // nil: none; else plan is that of its wire type
}

func (c *compiler) structPlan(t reflect.Type) *structPlan {
	s := &structPlan{typ: t, byName: map[string]int{}, dynamic: -1}
	class := c.registry.classOf(t)
	for _, f := range Fields(t) {
		fp := fieldPlan{Field: f, index: -1}
		if len(f.Index) == 1 {
			fp.index = f.Index[0]
		}
		of := f.Type
		if class != nil {
			if conv, ok := class.converters[f.Name]; ok {
				fp.convert, of = &conv, conv.wire
			}
		}
		fp.plan = c.plan(of)
		if fp.index >= 0 && fp.convert == nil {
			if fp.usual = usualKind(fp.plan); fp.usual != KindInvalid {
				fp.scalar = scalarField(t.Field(fp.index), fp.usual)
			}
		}
		if f.Dynamic && f.Type.Kind() == reflect.Map {
			s.dynamic = len(s.fields)
		} else {
			s.byName[f.Name] = len(s.fields)
		}
		s.fields = append(s.fields, fp)
	}
	if class != nil {
		s.setShape(class)
	} else {
		s.setAnonymous()
	}
	return s
}

// bind takes objects with any or no class, and the named part of arrays. What a member's name tells counts, not its place.
func (s *structPlan) bind(d *Decoder, t *Token, v reflect.Value) error {
	switch t.Kind {
	case KindObject:
		if t.Shape.Wrapper {
			return d.bindWrapped(d.registry.plan(s.typ), v)
		}
		if err := s.bindSealed(d, t.Shape, v); err != nil {
			return err
		}
		return s.bindNamed(d, v)
	case KindMap, KindMixed:
		return s.bindNamed(d, v)
	case KindList:
		return d.noMembers(t, v)
	}
	return d.mismatch(t, v)
}

// noMembers takes an empty list as an object without members: PHP does not tell one from the other.
func (d *Decoder) noMembers(t *Token, v reflect.Value) error {
	wrong := d.mismatch(t, v)
	if t.Num != 0 && t.Num != Unknown {
		return wrong
	}
	if err := d.next(); err != nil {
		return err
	}
	if d.tok.Kind != KindEnd {
		return wrong
	}
	return nil
}

// bindSealed binds the members that come by position. Runs of scalars go straight into their fields, where the Reader can do that:
// here is where the time of a large reply goes.
func (s *structPlan) bindSealed(d *Decoder, shape *Shape, v reflect.Value) error {
	m := s.match(shape)
	if d.elements -= len(m.fields); d.elements < 0 {
		return d.tooMany()
	}
	memory := memoryOf(v)
	for i := 0; i < len(m.fields); i++ {
		if run := m.runs[i]; len(run) > 0 && d.fields != nil {
			n, err := d.fields.ReadFields(memory, run)
			i += n
			if err != nil {
				return WithinMember(shape.Sealed[i], err)
			}
			if n == len(run) {
				i--
				continue
			}
		}
		if err := s.bindMember(d, m.fields[i], shape.Sealed[i], v); err != nil {
			return WithinMember(shape.Sealed[i], err)
		}
	}
	return nil
}

func (s *structPlan) bindMember(d *Decoder, f *fieldPlan, name string, v reflect.Value) error {
	if f == nil {
		return s.bindUnknown(d, name, v)
	}
	return f.bind(d, v)
}

// usualKind is the kind that a field gets when the sender's type is the same; KindInvalid: its plan decides.
func usualKind(p *plan) Kind {
	if p.typ == timeType {
		return KindTime
	}
	if p.typ.Kind() != reflect.Struct && hasOwnForm(p.typ) {
		return KindInvalid
	}
	switch p.typ.Kind() {
	case reflect.String:
		return KindString
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return KindInt
	case reflect.Float64:
		return KindFloat
	case reflect.Bool:
		return KindBool
	}
	return KindInvalid
}

// bindNamed binds names and values up to the End. Dense values of an array have no name and are passed over.
func (s *structPlan) bindNamed(d *Decoder, v reflect.Value) error {
	for {
		if err := d.next(); err != nil {
			return err
		}
		switch {
		case d.tok.Kind == KindEnd:
			return nil
		case d.tok.Kind != KindName:
			if err := d.reader.Skip(&d.tok); err != nil {
				return err
			}
			continue
		}
		field, ok := s.find(&d.tok)
		if !ok {
			name := d.tok.Text()
			if err := s.bindUnknown(d, name, v); err != nil {
				return WithinMember(name, err)
			}
			continue
		}
		if err := s.fields[field].bind(d, v); err != nil {
			return WithinMember(s.fields[field].Name, err)
		}
	}
}

// find returns the index of the field that a name is for.
func (s *structPlan) find(name *Token) (int, bool) {
	if name.Bytes == nil {
		i, ok := s.byName[name.Text()]
		return i, ok
	}
	i, ok := s.byName[string(name.Bytes)] // makes no string
	return i, ok
}

// bindUnknown keeps a member without a field in the dynamic map, or passes over it.
func (s *structPlan) bindUnknown(d *Decoder, name string, v reflect.Value) error {
	if s.dynamic < 0 {
		return d.skipNext()
	}
	m := s.fields[s.dynamic].of(v)
	if m.IsNil() {
		m.Set(reflect.MakeMap(m.Type()))
	}
	item := reflect.New(m.Type().Elem()).Elem()
	if err := d.bindNext(d.registry.plan(item.Type()), item); err != nil {
		return err
	}
	if err := d.charge(len(name) + mapItemBytes); err != nil {
		return err
	}
	m.SetMapIndex(reflect.ValueOf(name).Convert(m.Type().Key()), item)
	return nil
}

func (f *fieldPlan) bind(d *Decoder, v reflect.Value) error {
	dst := f.of(v)
	if f.convert == nil {
		return d.bindNext(f.plan, dst)
	}
	wire := reflect.New(f.convert.wire).Elem()
	if err := d.bindNext(f.plan, wire); err != nil {
		return err
	}
	if err := f.convert.decode(wire, dst); err != nil {
		return d.errorf(ErrType, err.Error())
	}
	return nil
}

// of returns the field of the struct v, and makes the embedded pointers on the way.
func (f *fieldPlan) of(v reflect.Value) reflect.Value {
	if f.index >= 0 {
		return v.Field(f.index)
	}
	for i, x := range f.Index {
		if i > 0 && v.Kind() == reflect.Pointer {
			if v.IsNil() {
				v.Set(reflect.New(v.Type().Elem()))
			}
			v = v.Elem()
		}
		v = v.Field(x)
	}
	return v
}

// match returns what the sealed names of shape are to this type. The answer is kept on the Shape.
func (s *structPlan) match(shape *Shape) *shapePlan {
	for _, p := range shape.plans {
		if p.plan == s {
			return p
		}
	}
	p := &shapePlan{plan: s, fields: make([]*fieldPlan, len(shape.Sealed))}
	for i, name := range shape.Sealed {
		if f, ok := s.byName[name]; ok {
			p.fields[i] = &s.fields[f]
		}
	}
	p.runs = scalarRuns(p.fields)
	if len(shape.plans) == maxShapePlans {
		shape.plans = shape.plans[:0]
	}
	shape.plans = append(shape.plans, p)
	return p
}

// scalarRuns returns for each of fields, of which some may be nil, the scalars from there on, up to the next other one.
func scalarRuns(fields []*fieldPlan) [][]ScalarField {
	runs := make([][]ScalarField, len(fields))
	for i, f := range slices.Backward(fields) {
		if f == nil || f.usual == KindInvalid {
			continue
		}
		runs[i] = []ScalarField{f.scalar}
		if i+1 < len(runs) {
			runs[i] = append(runs[i], runs[i+1]...)
		}
	}
	return runs
}

// A shapePlan is what one Go type makes of a Shape.
type shapePlan struct {
	plan   *structPlan
	fields []*fieldPlan    // by sealed member: its field, or nil
	runs   [][]ScalarField // by sealed member: see scalarRuns
}

// maxShapePlans is how many Go types a Shape remembers; few are ever bound to more than one.
const maxShapePlans = 4
