package value

// A FieldReader is a Reader that can put scalars straight into the fields of a struct or the items of a list, past the tokens.
// Decoders use it where it is there; what it gives and refuses is what Next and the rules of conversion would.
type FieldReader interface {
	Reader
	// ReadFields reads the next values into fields of dst, in this order, as long as each is a scalar of just the kind
	// that its field takes, or null. It returns how many it read: the value for fields[n] is what Next reads.
	ReadFields(dst StructMemory, fields []ScalarField) (n int, err error)
	// ReadStrings reads the next values into dst, as long as each is a string, and returns how many it read.
	ReadStrings(dst []string) (n int, err error)
}

// A FieldWriter is a Writer that can take scalars straight from the fields of a struct or the items of a list.
type FieldWriter interface {
	Writer
	// WriteFields writes fields of src, in this order, and returns how many it has written: fewer than all where a value has to come
	// by Write.
	WriteFields(src StructMemory, fields []ScalarField) (n int, err error)
	// WriteStrings writes strings as values, likewise.
	WriteStrings(src []string) (n int, err error)
}
