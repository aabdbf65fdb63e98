package amf

import (
	"errors"
	"io"
	"testing"

	"github.com/patchbay-go/patchbay/core/value"
)

// FuzzReader: no input makes the Reader panic; skipping and reading end at the same place; what can be read can be written,
// and what was written reads the same.
func FuzzReader(f *testing.F) {
	for _, vectors := range allVectors(f) {
		for _, v := range vectors {
			if b := v.bytes(f); len(b) < 4096 {
				f.Add(b, v.Kind == "amf3")
			}
		}
	}
	f.Fuzz(func(t *testing.T, buf []byte, amf3 bool) {
		opts := &ReaderOptions{Externals: testExternals}
		if amf3 {
			opts.Version = AMF3
		}
		checkSkip(t, buf, opts)
		checkStable(t, buf, opts)
	})
}

// FuzzExternal does the same with the content of externalizable classes.
func FuzzExternal(f *testing.F) {
	f.Add(unhex(f, blobBytes)[7:], byte(0))
	f.Add(unhex(f, "A1 02 06 03 61 05 3FF8000000000000 0C 21 000102030405060708090A0B0C0D0E0F 01 06 03 62 00"), byte(1))
	heads := []string{"0A 07 09 426C6F62", "0A 07 07 44534B", "0A 07 07 444341", "0A 07 07 445343",
		"0A 07 49 666C65782E6D6573736167696E672E696F2E4D616E616765644F626A65637450726F7879"}
	f.Fuzz(func(t *testing.T, content []byte, class byte) {
		buf := append(unhex(t, heads[int(class)%len(heads)]), content...)
		opts := &ReaderOptions{Version: AMF3, Externals: blobs(blob{})}
		checkSkip(t, buf, opts)
		checkStable(t, buf, opts)
	})
}

// checkSkip compares Skip with reading token by token, value by value.
func checkSkip(t *testing.T, buf []byte, opts *ReaderOptions) {
	t.Helper()
	skipping, reading := NewReader(buf, opts), NewReader(buf, opts)
	for {
		var a, b value.Token
		err1 := skipping.Next(&a)
		if err1 == nil {
			err1 = skipping.Skip(&a)
		}
		err2 := reading.Next(&b)
		for depth := 0; err2 == nil; err2 = reading.Next(&b) {
			if b.Kind.IsContainer() {
				depth++
			} else if b.Kind == value.KindEnd {
				depth--
			}
			if depth == 0 {
				break
			}
		}
		if (err1 == nil) != (err2 == nil) || err1 == nil && skipping.Offset() != reading.Offset() {
			t.Fatalf("skipping: %v at %d; reading: %v at %d\n%x", err1, skipping.Offset(), err2, reading.Offset(), buf)
		}
		if err1 != nil {
			checkError(t, buf, err1)
			checkError(t, buf, err2)
			return
		}
	}
}

func checkError(t *testing.T, buf []byte, err error) {
	t.Helper()
	e, ok := errors.AsType[*value.Error](err)
	if err != io.EOF && (!ok || e.Offset < 0 || e.Offset > len(buf)) {
		t.Fatalf("got error %v without an offset", err)
	}
}

// checkStable writes what buf holds and compares the tokens of both.
func checkStable(t *testing.T, buf []byte, opts *ReaderOptions) {
	t.Helper()
	out := &WriterOptions{AMF3: true, Externals: opts.Externals}
	w := NewWriter(out)
	if err := copyTokens(w, NewReader(buf, opts)); err != nil {
		return // it cannot be read, or has what AMF3 cannot say, such as an empty name
	}
	first := append([]byte(nil), w.Bytes()...)
	again := &ReaderOptions{Version: AMF3, Externals: opts.Externals}
	want, err := dump(NewReader(first, again))
	if err != nil {
		t.Fatalf("read again: %v\nread  %x\nwrote %x", err, buf, first)
	}
	w.Reset(out)
	if err := copyTokens(w, NewReader(first, again)); err != nil {
		t.Fatalf("write again: %v\nread  %x\nwrote %x", err, buf, first)
	}
	got, err := dump(NewReader(w.Bytes(), again))
	if err != nil || got != want {
		t.Fatalf("%v\nwant %s\ngot  %s\nread  %x\nwrote %x\nthen  %x", err, want, got, buf, first, w.Bytes())
	}
}
