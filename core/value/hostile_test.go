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
