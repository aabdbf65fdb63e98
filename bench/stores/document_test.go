package main

import (
	"encoding/xml"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/patchbay-go/patchbay/stores/memory"
)

func TestNumbers(t *testing.T) {
	for _, row := range []struct{ name, got, want string }{
		{"nothing", number(0), "0"},
		{"whole", number(2), "2"},
		{"a part", number(1.285), "1.28"},
		{"hundreds", number(333.3), "333"},
		{"thousands", number(1234567.8), "1,234,568"},
		{"no money", dollars(0), "0"},
		{"less than a dollar", dollars(0.25), "$0.250"},
		{"dollars", dollars(62.876), "$62.88"},
		{"many dollars", dollars(628662.5), "$628,663"},
		{"one of a unit", units{Reads: 1, Writes: 2}.String(), "1 read and 2 writes"},
	} {
		t.Run(row.name, func(t *testing.T) {
			if row.got != row.want {
				t.Errorf("got %q, want %q", row.got, row.want)
			}
		})
	}
}

func TestFill(t *testing.T) {
	for _, row := range []struct{ name, text, want, failure string }{
		{"replaced", "a\n<!-- bench/stores: x -->\nold\n<!-- end -->\nb\n", "a\n<!-- bench/stores: x -->\nnew\n<!-- end -->\nb\n", ""},
		{"no beginning", "a\n<!-- end -->\n", "", "there is no line"},
		{"no end", "a\n<!-- bench/stores: x -->\nold\n", "", "nothing ends"},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, err := fill(row.text, "x", "new\n")
			if got != row.want || (err == nil) != (row.failure == "") || err != nil && !strings.Contains(err.Error(), row.failure) {
				t.Errorf("got %q, %v; want %q, %q", got, err, row.want, row.failure)
			}
		})
	}
}

// asPaid is a report as of stores that are paid by use, measured on one that is not.
func asPaid(t *testing.T) *report {
	t.Helper()
	var all report
	s := &settings{subscribers: []int{1, 50}, samples: 3, quiet: true}
	for _, name := range []string{"dynamodb", "firestore"} {
		var r report
		if err := measureStore(t.Context(), kindOf("memory"), memory.New(nil), s, &r); err != nil {
			t.Fatal(err)
		}
		for _, f := range r.Figures {
			f.Store, f.Usual, f.Mean = name, f.Asked, f.Asked
			all.Figures = append(all.Figures, f)
		}
		for _, f := range r.Fans {
			f.Store, f.Units = name, f.Asked
			all.Fans = append(all.Fans, f)
		}
	}
	return &all
}

// The document's own marks are those that tables have, and its plot is XML that everybody can read, with a mark for all that was counted.
func TestWriteDocs(t *testing.T) {
	docs := t.TempDir()
	page, err := os.ReadFile("../../docs/costs.md")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(docs, "images"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(docs, "costs.md"), page, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := writeDocs(docs, asPaid(t)); err != nil {
		t.Fatal(err)
	}
	written, err := os.ReadFile(filepath.Join(docs, "costs.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"| idle poll | get, range |", "| idle poll | $0.250 | $0.600 | $0.100 |", "| 50 | 200 + 101 | 200 + 101 |"} {
		if !strings.Contains(string(written), want) {
			t.Errorf("there is no %q in\n%s", want, written)
		}
	}
	drawn, err := os.ReadFile(filepath.Join(docs, "images", "costs.svg"))
	if err != nil {
		t.Fatal(err)
	}
	if err := xml.Unmarshal(drawn, new(struct{})); err != nil {
		t.Errorf("the plot: %v", err)
	}
	// Publishing with 1 and 50 subscribers on both, delivery to 1 and 50 on one, and the legend's.
	if got, want := strings.Count(string(drawn), "<circle"), 2*2+2+1; got != want {
		t.Errorf("the plot has %d marks, want %d", got, want)
	}
}

func TestWriteDocsWantsBoth(t *testing.T) {
	if err := writeDocs(t.TempDir(), &report{}); err == nil || !strings.Contains(err.Error(), "needs figures") {
		t.Errorf("got %v", err)
	}
}

// Labels that would stand on one another are moved apart, and stay in the order of their lines.
func TestLabelHeights(t *testing.T) {
	at := func(y float64) line { return line{points: []point{{1, 1}, {1e6, y}}} }
	heights := panel{lines: []line{at(10), at(11), at(1e5), at(10)}}.labelHeights()
	if !(heights[2] < heights[1] && heights[1]+labelHeight <= heights[0] && heights[0] != heights[3]) {
		t.Errorf("got %v", heights)
	}
}
