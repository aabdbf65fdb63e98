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

func BenchmarkEncode(b *testing.B) {
	b.Run("typed", func(b *testing.B) { benchmarkEncode[[]order](b) })
	b.Run("pointers", func(b *testing.B) { benchmarkEncode[[]*order](b) })
	b.Run("untyped", func(b *testing.B) { benchmarkEncode[[]map[string]any](b) })
}

func benchmarkEncode[T any](b *testing.B) {
	registry, payload := orders(b)
	var src T
	if err := value.NewDecoder(amf.NewReader(payload, &amf.ReaderOptions{Version: amf.AMF3}), registry, value.Limits{}).Bind(&src); err != nil {
		b.Fatal(err)
	}
	opts := &amf.WriterOptions{AMF3: true}
	w := amf.NewWriter(opts)
	e := value.NewEncoder(w, registry, value.Limits{})
	b.ReportAllocs()
	for b.Loop() {
		w.Reset(opts)
		e.Reset(w, registry, value.Limits{})
		if err := e.Encode(src); err != nil {
			b.Fatal(err)
		}
	}
	b.SetBytes(int64(w.Len()))
}

// BenchmarkCopy moves the payload from AMF3 to AMF3 without making Go values of it.
func BenchmarkCopy(b *testing.B) {
	_, payload := orders(b)
	ropts, wopts := &amf.ReaderOptions{Version: amf.AMF3}, &amf.WriterOptions{AMF3: true}
	r, w := amf.NewReader(payload, ropts), amf.NewWriter(wopts)
	b.SetBytes(int64(len(payload)))
	b.ReportAllocs()
	for b.Loop() {
		r.Reset(payload, ropts)
		w.Reset(wopts)
		if err := value.Copy(w, r, value.Limits{}); err != nil {
			b.Fatal(err)
		}
	}
}
