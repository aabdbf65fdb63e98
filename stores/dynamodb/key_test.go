package dynamodb

import (
	"strings"
	"testing"
	"unicode/utf8"
)

var escapes = []struct{ name, part, stored string }{
	{"ASCII stands for itself", "room/t/news/0", "room/t/news/0"},
	{"and so do control characters", "a\x00b\n", "a\x00b\n"},
	{"text behind a mark", "r/é", "r/»`qc<G"},
	{"no UTF-8", "\xff", "»t5n])"},
	{"zeros are bytes", "\x80\x00\x00\x00\x00\x00\x00\x00", "»Jq\\r4!<`T0"},
	{"the mark itself", "»", "»`X'G2"},
	{"the longest sort key", strings.Repeat("\xff", 768), "»" + strings.Repeat("tQP,0", 192)},
}

func TestEscape(t *testing.T) {
	for _, test := range escapes {
		t.Run(test.name, func(t *testing.T) {
			if got := escape(test.part); got != test.stored {
				t.Errorf("escape(%q) = %q, want %q", test.part, got, test.stored)
			}
			if got, err := unescape(test.stored); got != test.part || err != nil {
				t.Errorf("unescape(%q) = %q, %v; want %q", test.stored, got, err, test.part)
			}
		})
	}
}

func TestForeignKeys(t *testing.T) {
	for _, stored := range []string{"é", "a»", "a»v", "a»{{{{{", "a»uuuuu", "a»!!!!!", "a»b»c", "»`qc<", "»Jq\\r4é"} {
		if part, err := unescape(stored); err == nil {
			t.Errorf("unescape(%q) = %q, want an error", stored, part)
		}
	}
}

// FuzzEscape: what is escaped is a String of DynamoDB, comes back, is in order, and is not longer than a key may be.
func FuzzEscape(f *testing.F) {
	for _, test := range escapes {
		f.Add(test.part, test.part+"\x00")
	}
	f.Add("a\x80\x00\x00\x00\x00", "a\x80\x00\x00\x00\x01")
	f.Add("\xab\xff\xff\xff", "\xac") // the longer one is below, and shares nearly all of its number
	f.Add("é\xff\xff", "ê")
	f.Fuzz(func(t *testing.T, a, b string) {
		storedA, storedB := escape(a), escape(b)
		if !utf8.ValidString(storedA) {
			t.Errorf("escape(%q) = %q, which is no UTF-8", a, storedA)
		}
		if got, err := unescape(storedA); got != a || err != nil {
			t.Errorf("%q comes back from %q as %q, %v", a, storedA, got, err)
		}
		if got, want := strings.Compare(storedA, storedB), strings.Compare(a, b); got != want {
			t.Errorf("%q and %q compare as %d, and as %q and %q as %d", a, b, want, storedA, storedB, got)
		}
		if most := len(mark) + len(a)*5/4 + groupDigits - 1; len(storedA) > most {
			t.Errorf("%d bytes become %d, want at most %d", len(a), len(storedA), most)
		}
	})
}
