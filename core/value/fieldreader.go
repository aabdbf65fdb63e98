package value

import "reflect"

// A FieldReader is a Reader that can put scalars straight into the fields of a struct or the items of a list, past the tokens.
// Decoders use it where it is there; what it gives and refuses is what Next and the rules of conversion would.
type FieldReader interface {
	Reader
	// ReadFields reads the next values into fields of the struct dst, in this order, as long as each is a scalar of just the kind
	// that its field takes, or null. It returns how many it read: the value for fields[n] is what Next reads.
	ReadFields(dst reflect.Value, fields []ScalarField) (n int, err error)
	// ReadStrings reads the next values into dst, as long as each is a string, and returns how many it read.
	ReadStrings(dst []string) (n int, err error)
}

// A FieldWriter is a Writer that can take scalars straight from the fields of a struct or the items of a list.
type FieldWriter interface {
	Writer
	// WriteFields writes fields of the struct src, in this order, and returns how many it has written: fewer than all where a value
	// has to come by Write.
	WriteFields(src reflect.Value, fields []ScalarField) (n int, err error)
	// WriteStrings writes strings as values, likewise.
	WriteStrings(src []string) (n int, err error)
}

// A ScalarField is a field that ReadFields may set and WriteFields read: a bool, an integer with a sign, a float64, a string or a time.Time.
type ScalarField struct {
	Index int  // as reflect.Value.Field takes it
	Kind  Kind // KindBool, KindInt, KindFloat, KindString or KindTime
}
