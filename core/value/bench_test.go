package value_test

import (
	"os"
	"testing"
	"time"

	"github.com/patchbay-go/patchbay/core/value"
	"github.com/patchbay-go/patchbay/wire/amf"
)

// An order is what the payload of the benchmarks has 1,000 of.
type order struct {
	ID       int
	Name     string
	Category string
	Note     string
	Price    float64
	Quantity int
	Total    int
	Active   bool
	Created  time.Time
	Tags     []string
}

func orders(b *testing.B) (*value.Registry, []byte) {
	b.Helper()
	payload, err := os.ReadFile("../../wire/amf/testdata/vectors/bench/amf3-orders.amf")
	if err != nil {
		b.Fatal(err)
	}
	r := value.NewRegistry()
	r.Register("com.acme.Order", order{})
	return r, payload
}

func BenchmarkDecode(b *testing.B) {
	b.Run("typed", func(b *testing.B) { benchmarkDecode[[]order](b) })
	b.Run("pointers", func(b *testing.B) { benchmarkDecode[[]*order](b) })
	b.Run("untyped", func(b *testing.B) { benchmarkDecode[any](b) })
}

func benchmarkDecode[T any](b *testing.B) {
	registry, payload := orders(b)
	opts := &amf.ReaderOptions{Version: amf.AMF3}
	r := amf.NewReader(payload, opts)
	d := value.NewDecoder(r, registry, value.Limits{})
	b.SetBytes(int64(len(payload)))
	b.ReportAllocs()
	for b.Loop() {
		var dst T
		r.Reset(payload, opts)
		d.Reset(r, registry, value.Limits{})
		if err := d.Bind(&dst); err != nil {
			b.Fatal(err)
		}
	}
}
