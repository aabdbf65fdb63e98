package syntax_test

import (
	"bytes"
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/patchbay-go/patchbay/core/value"
	"github.com/patchbay-go/patchbay/wire/amf/syntax"
)

// small bounds keep the fuzzer fast.
var small = &syntax.Options{Limits: value.Limits{Bytes: 1 << 16, Elements: 1 << 16}}

// FuzzParse reads any bytes as any kind. What can be read and described must come back to the same description through bytes.
func FuzzParse(f *testing.F) {
	for _, file := range vectorFiles(f) {
		for _, v := range vectors(f, file) {
			if data := v.bytes(f); len(data) < 4096 {
				f.Add(byte(v.kind(f)), data)
			}
		}
	}
	f.Fuzz(func(t *testing.T, kind byte, data []byte) {
		k := syntax.Kind(kind % 3)
		doc, err := syntax.Parse(k, data, small)
		if err := doc.WriteText(io.Discard); err != nil {
			t.Fatal(err)
		}
		desc := description(t, doc)
		parsed(t, desc)
		if err != nil || hidesValues(doc) {
			return
		}
		again, err := syntax.Describe(k, desc, nil)
		if err != nil {
			t.Fatalf("%v in %s", err, desc)
		}
		out, err := again.Append(nil)
		if err != nil {
			t.Fatalf("%v in %s", err, desc)
		}
		if k != syntax.Remote && len(out) > len(data) {
			t.Errorf("%x became longer: %x", data, out)
		}
		doc, err = syntax.Parse(k, out, nil)
		if err != nil {
			t.Fatalf("%v in %x from %s", err, out, desc)
		}
		if got, want := withoutLengths(description(t, doc)), withoutLengths(desc); !bytes.Equal(got, want) {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	})
}

var actualLength = regexp.MustCompile(`"actual_length":\d+`)

// withoutLengths returns a description without what changes where numbers that were written longer than need be become short.
func withoutLengths(desc []byte) []byte {
	return actualLength.ReplaceAll(desc, []byte(`"actual_length":0`))
}

// hidesValues reports whether there is a small message whose description does not tell all: values that readers drop, or an id
// announced as 16 bytes that is something else, a reference even. Written again, later numbers differ.
func hidesValues(d *syntax.Document) bool {
	found := false
	d.Walk(func(n syntax.Node) {
		e, ok := n.(*syntax.External)
		if !ok {
			return
		}
		names := map[string]bool{}
		for _, f := range e.Fields {
			numbered := true
			switch f.Value.(type) {
			case *syntax.UID, *syntax.String, *syntax.Repeat, *syntax.Null:
				numbered = false
			}
			isID := strings.HasSuffix(f.Name, "Id")
			found = found || f.Reserved || names[f.Name] || isID && numbered
			names[f.Name] = true
		}
	})
	return found
}

// FuzzEncode reads any text as a description. What can be written must be read again.
func FuzzEncode(f *testing.F) {
	for _, file := range vectorFiles(f) {
		for _, v := range vectors(f, file) {
			if v.Desc != nil && len(v.Desc) < 4096 {
				f.Add(byte(v.kind(f)), []byte(v.Desc))
			}
		}
	}
	f.Add(byte(syntax.AMF3), []byte(`[{"t":"object"},{"t":"object"},{"t":"double","v":1e400}]`))
	f.Fuzz(func(t *testing.T, kind byte, desc []byte) {
		k := syntax.Kind(kind % 3)
		out, err := encode(k, desc)
		if err != nil {
			return
		}
		doc, err := syntax.Parse(k, out, nil)
		if err != nil {
			if bytes.Contains(desc, []byte("externalizable")) {
				return // of a class that only writing knows
			}
			t.Fatalf("%v in %x from %s", err, out, desc)
		}
		again, err := encode(k, description(t, doc))
		if err != nil || !bytes.Equal(again, out) {
			t.Errorf("got  %x, %v\nwant %x", again, err, out)
		}
	})
}
