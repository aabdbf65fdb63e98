package amf

import (
	"bytes"
	"io"
	"os"
	"testing"

	"github.com/patchbay-go/patchbay/core/value"
)

// orders returns 1,000 objects of ten fields as AMF3.
func orders(b testing.TB) []byte {
	b.Helper()
	buf, err := os.ReadFile("testdata/vectors/bench/amf3-orders.amf")
	if err != nil {
		b.Fatal(err)
	}
	return buf
}

// BenchmarkReadTokens reads all tokens and does nothing with them.
func BenchmarkReadTokens(b *testing.B) {
	buf := orders(b)
	opts := &ReaderOptions{Version: AMF3}
	r := NewReader(buf, opts)
	b.SetBytes(int64(len(buf)))
	b.ReportAllocs()
	var t value.Token
	for b.Loop() {
		r.Reset(buf, opts)
		n := 0
		var err error
		for ; err == nil; n++ {
			err = r.Next(&t)
		}
		if err != io.EOF || n < 10_000 {
			b.Fatal(n, err)
		}
	}
}

// BenchmarkCopy reads all tokens and writes them again.
func BenchmarkCopy(b *testing.B) {
	buf := orders(b)
	in, out := &ReaderOptions{Version: AMF3}, &WriterOptions{AMF3: true}
	r, w := NewReader(buf, in), NewWriter(out)
	b.SetBytes(int64(len(buf)))
	b.ReportAllocs()
	for b.Loop() {
		r.Reset(buf, in)
		w.Reset(out)
		if err := copyTokens(w, r); err != nil {
			b.Fatal(err)
		}
	}
	if !bytes.Equal(w.Bytes(), buf) {
		b.Fatal("the copy differs")
	}
}
