package value

// Limits bound what one unit may cost. A zero field means its default. What a unit claims is charged before memory is taken.
type Limits struct {
	// Depth is how many containers may be open within each other. Default 512.
	Depth int
	// Collections is how many of those may be arrays, vectors or dictionaries. Default 64.
	Collections int
	// Elements is how many values a unit may have, those that references repeat included. Default 1,048,576.
	Elements int
	// Bytes is how large a unit, and what is made from it, may be. Default 64 MiB.
	Bytes int
}

// The defaults of Limits.
const (
	DefaultDepth       = 512
	DefaultCollections = 64
	DefaultElements    = 1 << 20
	DefaultBytes       = 64 << 20
)

// WithDefaults returns l with its zero fields filled.
func (l Limits) WithDefaults() Limits {
	l.Depth = orDefault(l.Depth, DefaultDepth)
	l.Collections = orDefault(l.Collections, DefaultCollections)
	l.Elements = orDefault(l.Elements, DefaultElements)
	l.Bytes = orDefault(l.Bytes, DefaultBytes)
	return l
}

func orDefault(n, def int) int {
	if n == 0 {
		return def
	}
	return n
}
