package selector

import (
	"cmp"
	"math"
	"math/big"
	"testing"
)

// TestCompareNumbers compares each of many awkward numbers with each other, and has big.Float, which rounds nothing at that precision, do
// the same.
func TestCompareNumbers(t *testing.T) {
	var numbers []any
	for _, e := range []int{0, 1, 31, 32, 52, 53, 54, 62, 63, 64, 65, 100, 127, 128, 1023} {
		for d := int64(-2); d <= 2; d++ {
			n := new(big.Int).Add(new(big.Int).Lsh(big.NewInt(1), uint(e)), big.NewInt(d))
			numbers = append(numbers, n, new(big.Int).Neg(n))
		}
		f := math.Ldexp(1, e)
		for _, f := range []float64{f, math.Nextafter(f, 0), math.Nextafter(f, math.Inf(1)), f + .5} {
			numbers = append(numbers, f, -f)
		}
	}
	numbers = append(numbers, 0.0, math.Copysign(0, -1), math.Inf(1), math.Inf(-1), math.MaxFloat64, math.SmallestNonzeroFloat64, uint64(math.MaxUint64))
	for _, a := range numbers {
		for _, b := range numbers {
			want := exactly(a).Cmp(exactly(b))
			if got := cmp.Compare(compareNumbers(valueOf(a), valueOf(b)), 0); got != want {
				t.Errorf("%v with %v: got %d, want %d", a, b, got, want)
			}
		}
	}
}

// exactly returns a number without rounding it.
func exactly(x any) *big.Float {
	f := new(big.Float).SetPrec(2200) // from the least float to the greatest
	switch x := x.(type) {
	case *big.Int:
		return f.SetInt(x)
	case uint64:
		return f.SetUint64(x)
	case int64:
		return f.SetInt64(x)
	default:
		return f.SetFloat64(x.(float64))
	}
}
