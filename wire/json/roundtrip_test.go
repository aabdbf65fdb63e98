package json

import (
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/patchbay-go/patchbay/core/value"
)

// rewrite reads unit and writes it again.
func rewrite(unit []byte) ([]byte, error) {
	r, w := NewReader(unit, value.Limits{}), NewWriter(nil, value.Limits{})
	for {
		var t value.Token
		if err := r.Next(&t); err == io.EOF {
			return w.Bytes(), nil
		} else if err != nil {
			return nil, err
		}
		if err := w.Write(&t); err != nil {
			return nil, err
		}
	}
}

// FuzzReader looks for units that panic, that encoding/json refuses and we take, or that change when they are written and read
// again. That we refuse more than encoding/json is meant: see doc.go.
func FuzzReader(f *testing.F) {
	for _, test := range readTable {
		f.Add([]byte(test.in))
	}
	for _, test := range writeTable {
		f.Add([]byte(test.want))
	}
	f.Fuzz(func(t *testing.T, unit []byte) {
		once, err := rewrite(unit)
		if err != nil {
			return
		}
		var theirs, ours any
		if err := json.Unmarshal(unit, &theirs); err != nil && !strings.Contains(err.Error(), "cannot unmarshal number") {
			t.Fatalf("encoding/json refuses %q: %v", unit, err)
		} else if err == nil {
			if err := json.Unmarshal(once, &ours); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(theirs, ours); diff != "" {
				t.Errorf("%q became %q:\n%s", unit, once, diff)
			}
		}
		twice, err := rewrite(once)
		if err != nil || string(twice) != string(once) {
			t.Errorf("%q, written, reads as %q, %v", once, twice, err)
		}
		skipAndEnter(t, unit)
	})
}

// skipAndEnter reads unit's value by skipping it, and again by going back to its start.
func skipAndEnter(t *testing.T, unit []byte) {
	t.Helper()
	r := NewReader(unit, value.Limits{})
	m := r.Mark()
	raw, err := r.Raw()
	if err != nil {
		t.Fatalf("%q can be read but not skipped: %v", unit, err)
	}
	if got := strings.Trim(string(unit), " \t\r\n"); got != string(raw) {
		t.Errorf("Raw of %q: got %q", unit, raw)
	}
	if err := r.Enter(m); err != nil {
		t.Fatal(err)
	}
	entered, err := dump(r)
	if err != nil {
		return // the limit on elements counts what is read twice
	}
	if straight, _ := dump(NewReader(unit, value.Limits{})); straight != entered {
		t.Errorf("%q reads as\n%s\nand after Enter as\n%s", unit, straight, entered)
	}
}

// What encoding/json takes we take, but for names that come twice, invalid UTF-8 and limits.
func TestTakesWhatEncodingJSONTakes(t *testing.T) {
	for _, test := range readTable {
		if !json.Valid([]byte(test.in)) {
			t.Errorf("%s: encoding/json refuses %s", test.name, test.in)
		}
	}
	for _, test := range writeTable {
		if got, err := rewrite([]byte(test.want)); err != nil || string(got) != test.want {
			t.Errorf("%s: %s reads and writes as %s, %v", test.name, test.want, got, err)
		}
	}
}

func orders(tb testing.TB) []byte {
	tb.Helper()
	unit, err := os.ReadFile(filepath.Join("testdata", "orders.json"))
	if err != nil {
		tb.Fatal(err)
	}
	return unit
}

func BenchmarkReader(b *testing.B) {
	unit := orders(b)
	r := NewReader(unit, value.Limits{})
	b.SetBytes(int64(len(unit)))
	b.ReportAllocs()
	for b.Loop() {
		r.Reset(unit, value.Limits{})
		var t value.Token
		for r.Next(&t) == nil {
		}
	}
}

func BenchmarkSkip(b *testing.B) {
	unit := orders(b)
	r := NewReader(unit, value.Limits{})
	b.SetBytes(int64(len(unit)))
	b.ReportAllocs()
	for b.Loop() {
		r.Reset(unit, value.Limits{})
		if _, err := r.Raw(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkWriter(b *testing.B) {
	unit := orders(b)
	var tokens []value.Token
	r := NewReader(unit, value.Limits{})
	for {
		var t value.Token
		if r.Next(&t) != nil {
			break
		}
		t.Bytes = append([]byte(nil), t.Bytes...)
		tokens = append(tokens, t)
	}
	w := NewWriter(nil, value.Limits{})
	b.SetBytes(int64(len(unit)))
	b.ReportAllocs()
	for b.Loop() {
		w.Reset(w.Bytes()[:0], value.Limits{})
		for i := range tokens {
			if err := w.Write(&tokens[i]); err != nil {
				b.Fatal(err)
			}
		}
	}
}
