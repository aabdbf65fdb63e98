package core

import (
	"reflect"
	"strconv"

	"github.com/patchbay-go/patchbay/core/value"
)

// LateArgs are Args that stand in a unit as one value: all of them together, as AMF has them. Binding reads them where they
// stand, one after the other, and needs no pass before that.
//
// A list, also one in a collection or with "0", "1" and so on as names, is positional. An object without a class whose members
// are all names of parameters is named. Null and undefined are no arguments. Anything else is one argument.
type LateArgs struct{ Value value.Late }

var _ Args = (*LateArgs)(nil)

// Bind implements Args.
func (a *LateArgs) Bind(params []Param, dst ...any) error {
	if a.Value.IsZero() {
		return (&Arguments{}).Bind(params, dst...)
	}
	return a.Value.Enter(func(d *value.Decoder) error { return a.bind(d, params, dst) })
}

// bind binds the value that d reads next.
func (a *LateArgs) bind(d *value.Decoder, params []Param, dst []any) error {
	at := d.Ahead()
	t, err := d.Next()
	if err != nil {
		return err
	}
	switch t.Kind {
	case value.KindNull, value.KindUndefined:
		return (&Arguments{}).Bind(params, dst...)
	case value.KindList:
		return bindList(d, t, params, dst)
	case value.KindRef:
		return a.bindReferred(d, int32(t.Num), params, dst)
	case value.KindMap, value.KindMixed:
		return bindMembers(d, t.Kind, at, params, dst)
	case value.KindObject:
		if t.Shape.Wrapper {
			return a.bind(d, params, dst)
		}
	}
	return one(at).Bind(params, dst...)
}

// one is the arguments where the value is a single one.
func one(v value.Late) *Arguments { return &Arguments{Positional: []value.Late{v}} }

// bindReferred binds arguments that have been there before.
func (a *LateArgs) bindReferred(d *value.Decoder, id int32, params []Param, dst []any) error {
	r := d.Reader()
	at, ok := r.At(id)
	if !ok {
		return value.Errorf(-1, value.ErrSyntax, "a reference to a value that has not begun")
	}
	if err := r.Enter(at); err != nil {
		return err
	}
	defer r.Leave()
	return a.bind(d, params, dst)
}

// bindList binds the values of a list, whose beginning has been read, as they come.
func bindList(d *value.Decoder, t *value.Token, params []Param, dst []any) error {
	switch variadic := len(params) > 0 && params[len(params)-1].Variadic; {
	case variadic && len(params) == 1:
		return bindVariadic(d, params[0], dst[0])
	case t.Num == value.Unknown || variadic:
		args, err := restOfList(d)
		if err != nil {
			return err
		}
		return (&Arguments{Positional: args}).Bind(params, dst...)
	case t.Num > uint64(len(params)):
		return missingOrSurplus(params, nil, int(t.Num))
	}
	n := int(t.Num)
	if err := missing(params, n); err != nil {
		return err
	}
	for i, p := range params[:n] {
		if err := d.Bind(dst[i]); err != nil {
			return argumentError(p, err)
		}
	}
	return nil
}

// bindVariadic binds a list, whose beginning has been read, to the one parameter that takes any number of arguments.
func bindVariadic(d *value.Decoder, p Param, dst any) error {
	args, err := restOfList(d)
	if err != nil {
		return err
	}
	if late, ok := dst.(*[]value.Late); ok {
		*late = args // they stay as they are
		return nil
	}
	if err := bindRest(args, dst); err != nil {
		return argumentError(p, err)
	}
	return nil
}

// missing is the Invalid for the first parameter from n on that has to be there.
func missing(params []Param, n int) error {
	for i, p := range params[n:] {
		if !p.Optional {
			return Invalid.Errorf("Argument %d, %q, is missing.", n+i+1, p.Name)
		}
	}
	return nil
}

// lateSize is what an argument takes before it is bound.
var lateSize = int(reflect.TypeFor[value.Late]().Size())

// restOfList passes over the values up to the End.
func restOfList(d *value.Decoder) (values []value.Late, err error) {
	for {
		at := d.Ahead()
		t, err := d.Next()
		if err != nil {
			return nil, err
		}
		if t.Kind == value.KindEnd {
			return values, nil
		}
		if err := d.Skip(); err != nil {
			return nil, err
		}
		if err := d.Charge(lateSize); err != nil {
			return nil, err
		}
		values = append(values, at)
	}
}

// bindMembers binds what has members with names, whose beginning has been read and which stands at whole. An array without any is no
// arguments, an object without any is one.
func bindMembers(d *value.Decoder, kind value.Kind, whole value.Late, params []Param, dst []any) error {
	args, err := namedOrNumbered(d, params)
	if err != nil {
		return err
	}
	if args == nil || kind == value.KindMap && len(args.Named)+len(args.Positional) == 0 {
		args = one(whole)
	}
	return args.Bind(params, dst...)
}

// namedOrNumbered passes over members up to the End. It returns nil as soon as they can be neither arguments by the names of
// params nor a list: some clients send every list with "0", "1" and so on as names.
func namedOrNumbered(d *value.Decoder, params []Param) (*Arguments, error) {
	args := new(Arguments)
	for {
		t, err := d.Next()
		switch {
		case err != nil:
			return nil, err
		case t.Kind == value.KindEnd:
			return args, nil
		case t.Kind != value.KindName:
			return nil, nil
		}
		name := t.Text()
		next, named := strconv.Itoa(len(args.Positional)), indexOf(params, name) >= 0
		if name != next && !named || len(args.Positional) > 0 && name != next {
			return nil, nil
		}
		v, err := d.Late()
		if err != nil {
			return nil, err
		}
		if err := d.Charge(lateSize); err != nil {
			return nil, err
		}
		if named {
			args.Named = append(args.Named, Named{name, v})
		} else {
			args.Positional = append(args.Positional, v)
		}
	}
}
