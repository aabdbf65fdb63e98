package value_test

import (
	"errors"
	"math/big"
	"testing"

	"github.com/patchbay-go/patchbay/core/value"
)

// Six bytes of JSON are a number of 4,096 digits. What many of them cost is charged before it is taken.
func TestManyLargeNumbers(t *testing.T) {
	const n = value.DefaultBytes / 4096
	tokens := toks(list(0, n))
	for range n {
		tokens = append(tokens, text(value.KindNumber, "1e4096"))
	}
	tokens = append(tokens, end())
	for name, dst := range map[string]any{"any": new(any), "integers": new([]*big.Int), "floats": new([]big.Float)} {
		t.Run(name, func(t *testing.T) {
			if err := decoder(nil, tokens...).Bind(dst); !errors.Is(err, value.ErrLimit) {
				t.Errorf("got %v, want the limit of bytes", err)
			}
		})
	}
}

// What is small on the wire and large in memory is charged as what it is: an empty object takes two bytes of AMF.
func TestManyEmptyValues(t *testing.T) {
	const n = value.DefaultBytes / 80
	for name, c := range map[string]struct {
		item value.Token
		dst  any
	}{
		"objects":      {class(0, "nobody's"), new(any)},
		"maps":         {object(0), new(any)},
		"typed maps":   {object(0), new([]map[string]string)},
		"vectors":      {open(value.KindVectorInt, 0, 0), new(any)},
		"dictionaries": {open(value.KindDictionary, 0, 0), new(any)},
	} {
		t.Run(name, func(t *testing.T) {
			tokens := toks(list(0, n))
			for i := range n {
				item := c.item
				item.ID = int32(i + 1)
				tokens = append(tokens, item, end())
			}
			if err := decoder(nil, append(tokens, end())...).Bind(c.dst); !errors.Is(err, value.ErrLimit) {
				t.Errorf("got %v, want the limit of bytes", err)
			}
		})
	}
}
