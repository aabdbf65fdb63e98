package firestore

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/patchbay-go/patchbay/core"
)

func TestIDs(t *testing.T) {
	for _, c := range []struct{ name, part, id string }{
		{"a number of a log", "00000000000000000012", "00000000000000000012"},
		{"a partition", "realm1/t/news/0", "realm1._t._news._0"},
		{"what a path reads as its own", "..", ".-.-"},
		{"a slash alone", "/", "._"},
		{"reserved", "__id7__", "_-_id7__"},
		{"an underscore further on", "a__b__", "a__b__"},
		{"control characters and a space", "\x00\n !", "!-!9!V!W"},
		{"a bar, a brace, a tilde", "{|}~", "{|-|0|1"},
		{"high bytes", "\x80\xff", "|3~2"},
		{"text", "é", "}6|h"},
		{"the last that is plain", strings.Repeat("/", plainBytes), strings.Repeat("._", plainBytes)},
		{"the first that is packed", strings.Repeat("k", plainBytes) + "\xff", strings.Repeat("k", plainBytes) + "zk"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := string(appendID(nil, c.part)); got != c.id {
				t.Errorf("the id of %q is %q, want %q", c.part, got, c.id)
			}
			if got, err := partOf(c.id); err != nil || got != c.part {
				t.Errorf("the id %q is of %q, %v; want %q", c.id, got, err, c.part)
			}
		})
	}
}

func TestForeignIDs(t *testing.T) {
	for _, id := range []string{
		"!", "/", "a/b", " ", "a!", "!a!", "!X", ".", "..", "._.", "|", "}", "~3", "~z", "\x7f0", "é", "_", "_a", "__id7__",
		strings.Repeat("k", plainBytes) + "z", strings.Repeat("k", plainBytes) + "z/", strings.Repeat("k", plainBytes) + "zl",
	} {
		if part, err := partOf(id); err == nil {
			t.Errorf("the id %q is taken for that of %q", id, part)
		}
	}
}

// reserved are ids that Firestore refuses.
var reserved = regexp.MustCompile(`^(\.|\.\.|__.*__)$`)

// FuzzIDs: whatever the bytes, an id is one that Firestore takes, gives the bytes back, and sorts as they do.
func FuzzIDs(f *testing.F) {
	long := strings.Repeat("\xff", 1024)
	seeds := []string{
		"a", "a/b", "/", ".", "..", "__x__", "_", "-", "0", "\x00", "\x00\x00", "|", "~", "\xff", long, long[:plainBytes], long[:plainBytes+1],
		long[:plainBytes] + "\x00", long[:plainBytes] + "\x00\x00", long[:plainBytes-1] + "\xfe", strings.Repeat("\x00", 1024),
	}
	for _, a := range seeds {
		for _, b := range seeds {
			f.Add(a, b)
		}
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		a, b = a[:min(len(a), 1024)], b[:min(len(b), 1024)]
		if a == "" || b == "" {
			t.Skip("no part of a key is empty")
		}
		wantID(t, a)
		ids := [][]byte{appendID(nil, a), appendID(nil, b)}
		if got, want := bytes.Compare(ids[0], ids[1]), strings.Compare(a, b); got != want {
			t.Errorf("%q and %q compare as %d, their ids %q and %q as %d", a, b, want, ids[0], ids[1], got)
		}
	})
}

func wantID(t *testing.T, part string) {
	t.Helper()
	id := string(appendID(nil, part))
	if len(id) > 1500 || !utf8.ValidString(id) || strings.Contains(id, "/") || reserved.MatchString(id) {
		t.Errorf("%q has the id %q, which Firestore refuses", part, id)
	}
	if got, err := partOf(id); err != nil || got != part {
		t.Errorf("the id %q of %q is read as %q, %v", id, part, got, err)
	}
}

// TestIDsOfEveryByte: at the beginning, behind something, and around the place where packing begins.
func TestIDsOfEveryByte(t *testing.T) {
	for _, before := range []int{0, 1, plainBytes - 1, plainBytes, plainBytes + 1, plainBytes + 2} {
		ids := make([]string, 256)
		for b := range ids {
			part := strings.Repeat("k", before) + string([]byte{byte(b)})
			wantID(t, part)
			ids[b] = string(appendID(nil, part))
		}
		if !slices.IsSorted(ids) || len(slices.Compact(ids)) != 256 {
			t.Errorf("behind %d bytes the ids of bytes are not in order: %q", before, ids)
		}
	}
}

func TestDocumentNames(t *testing.T) {
	s := &Store{root: "projects/p/databases/(default)/documents/patchbay/"}
	key := core.Key{Partition: "r/t/news/0", Sort: "x/y"}
	const name = "projects/p/databases/(default)/documents/patchbay/r._t._news._0/items/x._y"
	if got := s.name(key); got != name {
		t.Errorf("the document is %q, want %q", got, name)
	}
	if got, err := s.key(name); err != nil || got != key {
		t.Errorf("the key is %q, %v; want %q", got, err, key)
	}
	for _, foreign := range []string{"", "x", s.root, s.root + "p", s.root + "p/items", s.root + "p/other/x", s.root + ".p/items/x", s.root + "p/items/x/y"} {
		if key, err := s.key(foreign); err == nil {
			t.Errorf("the document %q has the key %q", foreign, key)
		}
	}
}

func BenchmarkName(b *testing.B) {
	s := &Store{root: "projects/p/databases/(default)/documents/patchbay/"}
	key := core.Key{Partition: "realm1/c/0123456789abcdef012345", Sort: "x/amf"}
	b.ReportAllocs()
	for b.Loop() {
		if len(s.name(key)) == 0 {
			b.Fatal("no name")
		}
	}
}
