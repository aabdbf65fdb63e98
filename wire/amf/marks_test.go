package amf

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/patchbay-go/patchbay/core/value"
)

func unhex(t testing.TB, text string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(text, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func mustNext(t *testing.T, r value.Reader, kind value.Kind) value.Token {
	t.Helper()
	var tok value.Token
	if err := r.Next(&tok); err != nil || tok.Kind != kind {
		t.Fatalf("got %v, %v, want %v", tok.Kind, err, kind)
	}
	return tok
}

func mustEOF(t *testing.T, r value.Reader) {
	t.Helper()
	var tok value.Token
	if err := r.Next(&tok); err != io.EOF {
		t.Fatalf("got %v, %v, want io.EOF", tok.Kind, err)
	}
}

// dumpAt enters a mark and prints the value there.
func dumpAt(t *testing.T, r value.Reader, m value.Mark) string {
	t.Helper()
	if err := r.Enter(m); err != nil {
		t.Fatal(err)
	}
	defer r.Leave()
	text, err := dumpRaw(r)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// dumpRaw prints tokens with the IDs they have.
func dumpRaw(r value.Reader) (string, error) {
	var b strings.Builder
	var t value.Token
	for {
		if err := r.Next(&t); err == io.EOF {
			return b.String(), nil
		} else if err != nil {
			return b.String(), err
		}
		fmt.Fprintf(&b, "%v #%d %d %q; ", t.Kind, t.ID, int64(t.Num), textOfToken(&t))
	}
}

// TestEnterSkipped: a member that was skipped is read later, with the references that were in it.
func TestEnterSkipped(t *testing.T) {
	// [{a: {b: "text"}}, ref to the inner object, "text" by reference]
	buf := unhex(t, "09 07 01 0A 0B 01 03 61 0A 01 03 62 06 09 74657874 01 01 0A 04 06 04")
	r := NewReader(buf, &ReaderOptions{Version: AMF3})
	mustNext(t, r, value.KindList)
	outer := mustNext(t, r, value.KindMap)
	if err := r.Skip(&outer); err != nil {
		t.Fatal(err)
	}
	ref := mustNext(t, r, value.KindRef)
	m, ok := r.At(int32(ref.Num))
	if !ok {
		t.Fatal("got no place for the reference")
	}
	want := `map #3 -1 ""; name #0 0 "b"; string #0 0 "text"; end #0 0 ""; `
	for range 2 {
		if got := dumpAt(t, r, m); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
	if text := mustNext(t, r, value.KindString); text.Text() != "text" {
		t.Errorf("got %q after Leave, want text", text.Text())
	}
	mustNext(t, r, value.KindEnd)
	mustEOF(t, r)
}

// TestEnterCycle: a value may be entered while it is open, and read beyond where the reader stood.
func TestEnterCycle(t *testing.T) {
	// {self: ref to itself, next: [{}]}
	buf := unhex(t, "0A 0B 01 09 73656C66 0A 00 09 6E657874 09 03 01 0A 01 01 01")
	r := NewReader(buf, &ReaderOptions{Version: AMF3})
	mustNext(t, r, value.KindMap)
	mustNext(t, r, value.KindName)
	ref := mustNext(t, r, value.KindRef)
	m, _ := r.At(int32(ref.Num))
	want := `map #1 -1 ""; name #0 0 "self"; ref #0 1 ""; name #0 0 "next"; list #2 1 ""; map #3 -1 ""; end #0 0 ""; end #0 0 ""; end #0 0 ""; `
	want = strings.ReplaceAll(want, "ref ", "reference ")
	if got := dumpAt(t, r, m); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	mustNext(t, r, value.KindName)
	if inner := mustNext(t, r, value.KindList); inner.ID != 2 {
		t.Errorf("got ID %d for the list met again, want 2", inner.ID)
	}
}

// TestEnterAnything enters every value of every vector after a first pass; each reads as it did then.
func TestEnterAnything(t *testing.T) {
	for file, vectors := range allVectors(t) {
		for _, v := range vectors {
			if v.Desc == nil || v.Kind == "packet" {
				continue
			}
			r := NewReader(v.bytes(t), &ReaderOptions{Version: v.version(), Externals: testExternals})
			enterAnything(t, file+"/"+v.Name, r)
		}
	}
}

func enterAnything(t *testing.T, name string, r *Reader) {
	t.Helper()
	type visit struct {
		mark value.Mark
		text string
	}
	var visits []visit
	var open []int // visits whose value has not ended
	var tok value.Token
	for len(visits) < 200 {
		m := r.Mark()
		if err := r.Next(&tok); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(name, err)
		}
		line := fmt.Sprintf("%v #%d %d %q; ", tok.Kind, tok.ID, int64(tok.Num), textOfToken(&tok))
		for _, i := range open {
			visits[i].text += line
		}
		switch {
		case tok.Kind == value.KindEnd:
			open = open[:len(open)-1]
		case tok.Kind != value.KindName:
			visits = append(visits, visit{m, line})
			if tok.Kind.IsContainer() {
				open = append(open, len(visits)-1)
			}
		}
	}
	if len(open) > 0 {
		visits = visits[:open[0]]
	}
	rand.Shuffle(len(visits), func(i, j int) { visits[i], visits[j] = visits[j], visits[i] })
	for _, v := range visits {
		if got := dumpAt(t, r, v.mark); got != v.text {
			t.Errorf("%s: entered at %d:\n%s", name, v.mark.Offset, cmp.Diff(v.text, got))
		}
	}
}

func TestEnterRefuses(t *testing.T) {
	r := NewReader([]byte{0x01}, &ReaderOptions{Version: AMF3, Limits: value.Limits{Depth: 3}})
	m := r.Mark()
	for range 3 {
		if err := r.Enter(m); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.Enter(m); !errors.Is(err, value.ErrLimit) {
		t.Errorf("got %v for a fourth Enter, want ErrLimit", err)
	}
	r.Reset([]byte{0x01}, nil)
	if err := r.Enter(m); !errors.Is(err, value.ErrSyntax) {
		t.Errorf("got %v for a mark of another unit, want ErrSyntax", err)
	}
	if _, ok := r.At(1); ok {
		t.Error("got a place for an ID that nothing has")
	}
}

// TestLeaveAfterError: an argument that cannot be read does not cost the one that is read later.
func TestLeaveAfterError(t *testing.T) {
	r := NewReader(unhex(t, "04 01 FF"), &ReaderOptions{Version: AMF3})
	m := r.Mark()
	mustNext(t, r, value.KindInt)
	bad := r.Mark()
	if err := r.Enter(bad); err != nil {
		t.Fatal(err)
	}
	var tok value.Token
	for range 2 {
		if err := r.Next(&tok); !errors.Is(err, value.ErrSyntax) {
			t.Fatalf("got %v, want ErrSyntax", err)
		}
	}
	r.Leave()
	if got, want := dumpAt(t, r, m), `int #0 1 ""; `; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestSections: each body of a packet has tables of its own, and marks into an earlier one bring its tables back.
func TestSections(t *testing.T) {
	// two bodies, each a strict array of two AMF3 strings, of which the second refers to the first
	body := "0A 00000002 11 06 03 %s 11 06 00"
	buf := unhex(t, fmt.Sprintf(body, "61")+fmt.Sprintf(body, "62"))
	r := NewReader(buf, nil)
	var marks []value.Mark
	for range 2 {
		r.NewTables()
		mustNext(t, r, value.KindList)
		mustNext(t, r, value.KindString)
		marks = append(marks, r.Mark())
		mustNext(t, r, value.KindString)
		mustNext(t, r, value.KindEnd)
	}
	for i, want := range []string{"a", "b"} {
		if got := dumpAt(t, r, marks[i]); got != fmt.Sprintf("string #0 0 %q; ", want) {
			t.Errorf("body %d: got %s, want %q", i, got, want)
		}
	}
}

// TestGivenUp: a part that was left after an error is not read on in the tables of the next.
func TestGivenUp(t *testing.T) {
	r := NewReader(unhex(t, "0A 00000002 03 000009 05 03 000009"), nil)
	mustNext(t, r, value.KindList)
	m := r.Mark()
	r.NewTables()
	r.Seek(10)
	mustNext(t, r, value.KindMap)
	if err := r.Enter(m); err != nil {
		t.Fatal(err)
	}
	var tok value.Token
	if err := r.Next(&tok); !errors.Is(err, value.ErrSyntax) {
		t.Errorf("got %v, %v, want ErrSyntax", tok.Kind, err)
	}
}

// textOfToken returns the text of a token of a kind that has one.
func textOfToken(t *value.Token) string {
	if t.Kind.HasText() || t.Kind == value.KindVectorObject {
		return t.Text()
	}
	return ""
}
