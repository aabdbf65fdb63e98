package value_test

import (
	"testing"

	"github.com/patchbay-go/patchbay/core/value"
	"github.com/patchbay-go/patchbay/wire/amf"
	"github.com/patchbay-go/patchbay/wire/json"
)

// A chat is the body of a small message.
type chat struct {
	From string
	Text string
}

var hello = chat{From: "ann", Text: "Has anybody seen the ladder?"}

// A source is bytes of a format that a Packed is made from.
type source struct {
	name  string
	bytes []byte
	amf   bool
}

func sources(b *testing.B) (*value.Registry, []source) {
	b.Helper()
	registry, payload := orders(b)
	var w amf.Writer
	w.Reset(&amf.WriterOptions{AMF3: true})
	if err := value.NewEncoder(&w, nil, value.Limits{}).Encode(hello); err != nil {
		b.Fatal(err)
	}
	text := `{"from":"ann","text":"Has anybody seen the ladder?"}`
	return registry, []source{{"chat from AMF3", w.Bytes(), true}, {"chat from JSON", []byte(text), false}, {"orders from AMF3", payload, true}}
}

// readers returns what reads the source again and again.
func (s source) reader() func() value.Reader {
	if s.amf {
		opts := &amf.ReaderOptions{Version: amf.AMF3}
		r := amf.NewReader(nil, opts)
		return func() value.Reader { r.Reset(s.bytes, opts); return r }
	}
	r := new(json.Reader)
	return func() value.Reader { r.Reset(s.bytes, value.Limits{}); return r }
}

// BenchmarkPack packs what came in a format, and Go values.
func BenchmarkPack(b *testing.B) {
	registry, all := sources(b)
	for _, s := range all {
		b.Run(s.name, func(b *testing.B) {
			next := s.reader()
			b.ReportAllocs()
			var p value.Packed
			for b.Loop() {
				var err error
				if p, err = value.Pack(next(), value.Limits{}); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(len(p)), "bytes")
		})
	}
	b.Run("chat from Go", func(b *testing.B) { benchmarkPackValue(b, registry, &hello) })
	var list []order
	if err := packed(b, all[2]).Bind(&list, registry, value.Limits{}); err != nil {
		b.Fatal(err)
	}
	b.Run("orders from Go", func(b *testing.B) { benchmarkPackValue(b, registry, list) })
}

func benchmarkPackValue(b *testing.B, registry *value.Registry, v any) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := value.PackValue(v, registry, value.Limits{}); err != nil {
			b.Fatal(err)
		}
	}
}

func packed(b *testing.B, s source) value.Packed {
	b.Helper()
	p, err := value.Pack(s.reader()(), value.Limits{})
	if err != nil {
		b.Fatal(err)
	}
	return p
}

// BenchmarkUnpack binds to Go values, and writes into formats.
func BenchmarkUnpack(b *testing.B) {
	registry, all := sources(b)
	for _, s := range all {
		p := packed(b, s)
		b.Run(s.name+"/to Go", func(b *testing.B) {
			if len(p) < 100 {
				benchmarkBind[chat](b, p, registry)
			} else {
				benchmarkBind[[]order](b, p, registry)
			}
		})
		b.Run(s.name+"/to AMF3", func(b *testing.B) {
			opts := &amf.WriterOptions{AMF3: true}
			w := amf.NewWriter(opts)
			benchmarkEncodePacked(b, p, w, func() { w.Reset(opts) })
		})
		b.Run(s.name+"/to JSON", func(b *testing.B) {
			w := new(json.Writer)
			benchmarkEncodePacked(b, p, w, func() { w.Reset(w.Bytes()[:0], value.Limits{}) })
		})
	}
}

func benchmarkBind[T any](b *testing.B, p value.Packed, registry *value.Registry) {
	b.ReportAllocs()
	dst := new(T)
	for b.Loop() {
		var zero T
		*dst = zero
		if err := p.Bind(dst, registry, value.Limits{}); err != nil {
			b.Fatal(err)
		}
	}
}

func benchmarkEncodePacked(b *testing.B, p value.Packed, w value.Writer, reset func()) {
	e := value.NewEncoder(w, nil, value.Limits{})
	b.ReportAllocs()
	for b.Loop() {
		reset()
		e.Reset(w, nil, value.Limits{})
		if err := p.MarshalTokens(e); err != nil {
			b.Fatal(err)
		}
	}
}
