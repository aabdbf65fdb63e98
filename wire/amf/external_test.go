package amf

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/patchbay-go/patchbay/core/value"
)

// A blob is a class that uses every field there is.
type blob struct{ reads *int }

func (b blob) ReadExternal(in *ExternalInput) {
	if b.reads != nil {
		*b.reads++
	}
	in.UTF("name")
	in.Bool("flag")
	in.Byte("byte")
	in.Short("short")
	in.Int("int")
	in.Uint("uint")
	in.Double("double")
	n := in.Int("length")
	in.UTFBytes("text", int(n))
	in.Bytes("bytes", 3)
	in.Value("value")
	in.UUID("id")
}

func (b blob) WriteExternal(out *ExternalOutput) {
	out.UTF("name")
	out.Bool("flag")
	out.Byte("byte")
	out.Short("short")
	out.Int("int")
	out.Uint("uint")
	out.Double("double")
	out.Int("length")
	out.UTFBytes("text")
	out.Bytes("bytes")
	out.Value("value")
	out.UUID("id")
}

func blobs(b blob) func(string) External {
	return func(class string) External {
		if class == "Blob" {
			return b
		}
		return nil
	}
}

const blobBytes = "0A 07 09 426C6F62 0002 6869 01 FF FFFE FFFFFFFD 80000000 3FF8000000000000 00000002 6162 010203 " +
	"09 03 01 06 09 426C6F62 0C 21 000102030405060708090A0B0C0D0E0F"

func TestExternalFields(t *testing.T) {
	buf := unhex(t, blobBytes)
	r := NewReader(buf, &ReaderOptions{Version: AMF3, Externals: blobs(blob{})})
	got, err := dump(r)
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Join([]string{
		`object#1 "Blob" ["name" "flag" "byte" "short" "int" "uint" "double" "length" "text" "bytes" "value" "id"] ` +
			`dynamic=false wrapper=false external=true`,
		`string "hi"`, `bool 1`, `int 255`, `int -2`, `int -3`, `uint 2147483648`, `float 1.5 3ff8000000000000`, `int 2`,
		`string "ab"`, `bytes "\x01\x02\x03"`, `list#2 1 false ""`, `string "Blob"`, `end`,
		`string "00010203-0405-0607-0809-0A0B0C0D0E0F"`, `end`, ``}, "\n")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	w := NewWriter(&WriterOptions{AMF3: true, Externals: blobs(blob{})})
	if err := copyTokens(w, NewReader(buf, &ReaderOptions{Version: AMF3, Externals: blobs(blob{})})); err != nil {
		t.Fatal(err)
	}
	if want := strings.Replace(fmt.Sprintf("%x", buf), "0609426c6f62", "0600", 1); fmt.Sprintf("%x", w.Bytes()) != want {
		t.Errorf("wrote %x\nwant  %s", w.Bytes(), want)
	}
}

func TestExternalErrors(t *testing.T) {
	tests := []struct {
		name, hex, want string
		reason          error
	}{
		{"unknown class", "0A 07 03 58", `the externalizable class "X" is not known`, value.ErrSyntax},
		{"truncated field", "0A 07 09 426C6F62 0002 68", "the input ends within name", value.ErrTruncated},
		{"negative length", "0A 07 09 426C6F62 0000 01 FF FFFE FFFFFFFD 80000000 3FF8000000000000 FFFFFFFF", "below zero", value.ErrSyntax},
		{"endless flags", "0A 07 07 44534B" + strings.Repeat("80", 9), "more than 8 bytes of flags", value.ErrSyntax},
		{"bad value", "0A 07 07 44534B 01 FF", "unknown AMF3 marker 0xff", value.ErrSyntax},
		{"claims", "0A 07 49 666C65782E6D6573736167696E672E696F2E4D616E616765644F626A65637450726F7879 7FFFFFFF", "2147483647 members", value.ErrSyntax},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := dump(NewReader(unhex(t, test.hex), &ReaderOptions{Version: AMF3, Externals: blobs(blob{})}))
			if !errors.Is(err, test.reason) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %v: %s", err, test.reason, test.want)
			}
		})
	}
}

// TestExternalsReadOnce: externalizables within each other are read once each, however they are passed over or entered.
func TestExternalsReadOnce(t *testing.T) {
	const depth = 60
	// DSK with a body, within the body of a DSK, and so on; the innermost body is a Blob.
	first, next, end := unhex(t, "0A 07 07 44534B 01"), unhex(t, "0A 01 01"), unhex(t, "00 00")
	buf := bytes.Clone(first)
	buf = append(buf, bytes.Repeat(next, depth-1)...)
	buf = append(buf, unhex(t, blobBytes)...)
	buf = append(buf, bytes.Repeat(end, depth)...)
	reads := 0
	opts := &ReaderOptions{Version: AMF3, Externals: blobs(blob{&reads})}

	r := NewReader(buf, opts)
	m := r.Mark()
	first1 := mustNext(t, r, value.KindObject)
	if err := r.Skip(&first1); err != nil {
		t.Fatal(err)
	}
	mustEOF(t, r)
	for range 3 {
		if text := dumpAt(t, r, m); strings.Count(text, "object") != depth+1 {
			t.Fatalf("got %s", text)
		}
	}
	if reads != 1 || len(r.records) != depth+1 {
		t.Errorf("got %d reads and %d records, want 1 and %d", reads, len(r.records), depth+1)
	}

	w := NewWriter(&WriterOptions{AMF3: true, Externals: blobs(blob{})})
	r.Reset(buf, opts)
	if err := copyTokens(w, r); err != nil {
		t.Fatal(err)
	}
	if len(w.Bytes()) > len(buf) {
		t.Errorf("wrote %d bytes of %d:\n%x\n%x", len(w.Bytes()), len(buf), w.Bytes(), buf)
	}
}

// TestWriteBuffered: counts that are told at the end are the same bytes as counts told at the beginning.
func TestWriteBuffered(t *testing.T) {
	for _, v := range readVectors(t, "values.json") {
		if v.Kind != "amf3" {
			continue
		}
		buf := v.bytes(t)
		w := NewWriter(&WriterOptions{AMF3: true})
		r := NewReader(buf, &ReaderOptions{Version: AMF3})
		var tok value.Token
		for r.Next(&tok) == nil {
			if tok.Kind.IsContainer() {
				tok.Num = value.Unknown
			}
			if err := w.Write(&tok); err != nil {
				t.Fatal(v.Name, err)
			}
		}
		if !bytes.Equal(w.Bytes(), buf) {
			t.Errorf("%s:\nread  %.200x\nwrote %.200x", v.Name, buf, w.Bytes())
		}
	}
}
