package memory_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/stores/memory"
)

// few are items that make a small snapshot.
var few = []core.Item{
	{Key: core.Key{Partition: "p", Sort: "a"}, Version: 7, Body: []byte("body")},
	{Key: core.Key{Partition: "p", Sort: "b\x00"}, Version: 1 << 63, Body: []byte{}, Expires: time.UnixMilli(4_000_000_000_001)},
	{Key: core.Key{Partition: "\xff", Sort: "c"}, Version: 9, Body: []byte{0, 1}},
}

// form1 was written in the first form, and is read for ever.
const form1 = "testdata/form1.snapshot"

func TestForms(t *testing.T) {
	got, err := memory.ReadSnapshot(read(t, form1))
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(few, got, cmp.Comparer(time.Time.Equal)); d != "" {
		t.Errorf("%s holds something else (want -, got +):\n%s", form1, d)
	}
}

// refuse fails unless a file cannot be opened, for that reason, and stays as it is.
func refuse(t *testing.T, path string, content []byte, want string) {
	t.Helper()
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := memory.Open(path, nil)
	if err == nil {
		closeStore(t, s)
		t.Fatalf("a file that should be refused was taken: want %q", want)
	}
	if !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), path) {
		t.Fatalf("refused with %q, want %q and the file's name", err, want)
	}
	if !bytes.Equal(read(t, path), content) {
		t.Fatal("the file was changed")
	}
}

// TestDamage: wherever a file ends too early and whichever bit of it is wrong, nothing of it is taken.
func TestDamage(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	whole := memory.WriteSnapshot(few, time.Now())
	for n := range whole {
		refuse(t, path, whole[:n], "damaged")
	}
	refuse(t, path, append(bytes.Clone(whole), 0), "damaged")
	for i := range 8 * len(whole) {
		flipped := bytes.Clone(whole)
		flipped[i/8] ^= 1 << (i % 8)
		want := "damaged"
		if i/8 == 8 && flipped[8] > 1 {
			want = "a later version of Patchbay"
		}
		refuse(t, path, flipped, want)
	}
	if err := os.WriteFile(path, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	wantItems(t, openFile(t, path, nil), append([]core.Item{}, few...))
}

// head is the start of a snapshot with so many items.
func head(form byte, count uint64) []byte {
	b := append([]byte("\x89PBMEM\r\n"), form)
	b = append(b, make([]byte, 16)...)
	return binary.AppendUvarint(b, count)
}

// TestStrangeFiles: files whose checksum is right but which no Patchbay has written, and what is no snapshot.
func TestStrangeFiles(t *testing.T) {
	item := func(partition, sort string, rest ...byte) []byte {
		b := append([]byte{byte(len(partition))}, partition...)
		b = append(append(b, byte(len(sort))), sort...)
		b = append(b, rest...)
		return append([]byte{byte(len(b))}, b...)
	}
	version := []byte{1, 0, 0, 0, 0, 0, 0, 0}
	good := item("p", "s", append(version, 0)...)
	path := filepath.Join(t.TempDir(), "file")
	for _, c := range []struct {
		name    string
		content []byte
		want    string
	}{
		{"empty", nil, "ends too early"},
		{"text", []byte(strings.Repeat("not a snapshot\n", 10)), "no snapshot"},
		{"a short text", []byte("x"), "no snapshot"},
		{"taken for text", bytes.ReplaceAll(memory.WriteSnapshot(few, time.Now()), []byte("\r\n"), []byte("\n")), "no snapshot"},
		{"of a later form", memory.Sealed(head(2, 0)), "a later version of Patchbay has written it"},
		{"of form 0", memory.Sealed(head(0, 0)), "damaged"},
		{"fewer items than it says", memory.Sealed(append(head(1, 2), good...)), "ends too early"},
		{"more items than it says", memory.Sealed(append(head(1, 0), good...)), "damaged"},
		{"very many items", memory.Sealed(head(1, 1<<63)), "ends too early"},
		{"a very long item", memory.Sealed(append(head(1, 1), binary.AppendUvarint(nil, 1<<62)...)), "ends too early"},
		{"a length that is no number", memory.Sealed(append(head(1, 1), bytes.Repeat([]byte{0xff}, 11)...)), "damaged"},
		{"an empty item", memory.Sealed(append(head(1, 1), 0)), "damaged"},
		{"no partition", memory.Sealed(append(head(1, 1), item("", "s", append(version, 0)...)...)), "damaged"},
		{"no sort", memory.Sealed(append(head(1, 1), item("p", "", append(version, 0)...)...)), "damaged"},
		{"version 0", memory.Sealed(append(head(1, 1), item("p", "s", make([]byte, 9)...)...)), "damaged"},
		{"half a version", memory.Sealed(append(head(1, 1), item("p", "s", 1)...)), "damaged"},
		{"no expiry", memory.Sealed(append(head(1, 1), item("p", "s", version...)...)), "damaged"},
		{"a text beyond its item", memory.Sealed(append(head(1, 1), 3, 200, 'x', 'y')), "damaged"},
	} {
		t.Run(c.name, func(t *testing.T) { refuse(t, path, c.content, c.want) })
	}
	if _, err := memory.ReadSnapshot(memory.Sealed(append(head(1, 1), good...))); err != nil {
		t.Errorf("what the rows are variations of is refused too: %v", err)
	}
}

// TestAdvice: the error says what can be done, and whoever does so gets on.
func TestAdvice(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	whole := memory.WriteSnapshot(few, time.Now())
	refuse(t, path, whole[1:], "name another file")
	refuse(t, path, whole[:40], "move it away to begin with nothing")
	if err := os.WriteFile(path+".previous", whole, 0o600); err != nil {
		t.Fatal(err)
	}
	refuse(t, path, whole[:40], "put "+path+".previous in its place")
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if _, err := memory.Open(path, nil); err == nil || !strings.Contains(err.Error(), "rename it to go on with that") {
		t.Fatalf("where there is a snapshot from before alone, open says %v", err)
	}
	if err := os.Rename(path+".previous", path); err != nil {
		t.Fatal(err)
	}
	wantItems(t, openFile(t, path, nil), append([]core.Item{}, few...))
}

// TestOpenRefuses: what is wrong with the place.
func TestOpenRefuses(t *testing.T) {
	folder := t.TempDir()
	if err := os.MkdirAll(filepath.Join(folder, "obstacle.new", "x"), 0o700); err != nil {
		t.Fatal(err)
	}
	openFile(t, filepath.Join(folder, "taken"), nil)
	if err := os.Mkdir(filepath.Join(folder, "folder"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, want string }{
		{"none/file", "the folder must be there"},
		{"folder", "is no regular file"},
		{"obstacle", "snapshots cannot be written beside"},
		{"taken", "another process, or another store of this one, has"},
	} {
		if s, err := memory.Open(filepath.Join(folder, c.name), nil); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("open %s: %v, %v; want an error with %q", c.name, s, err, c.want)
		}
	}
}

// FuzzReadSnapshot: whatever stands in a file, it is an error or items that are written and read as the same.
func FuzzReadSnapshot(f *testing.F) {
	whole := memory.WriteSnapshot(few, time.Now())
	f.Add(whole[:len(whole)-32], true)
	f.Add(whole, false)
	f.Add(head(1, 1<<40), true)
	f.Add([]byte{}, false)
	f.Fuzz(func(t *testing.T, b []byte, seal bool) {
		if seal {
			b = memory.Sealed(b)
		}
		items, err := memory.ReadSnapshot(b)
		if err != nil {
			return
		}
		again, err := memory.ReadSnapshot(memory.WriteSnapshot(items, time.UnixMilli(-1<<62)))
		if err != nil || !cmp.Equal(items, again, cmp.Comparer(time.Time.Equal)) {
			t.Errorf("%d items became %d, %v", len(items), len(again), err)
		}
	})
}

func BenchmarkSnapshot(b *testing.B) {
	for _, size := range []int{10_000, 200_000} {
		items := make([]core.Item, size)
		for i := range items {
			items[i] = core.Item{Key: core.Key{Partition: "realm1/c/abcdefghijklmnopqrstuv", Sort: fmt.Sprint(i)}, Version: 1, Body: make([]byte, 500)}
		}
		whole := memory.WriteSnapshot(items, time.Now())
		b.Run(fmt.Sprintf("write %d", size), func(b *testing.B) {
			b.SetBytes(int64(len(whole)))
			b.ReportAllocs()
			for b.Loop() {
				memory.WriteSnapshot(items, time.Now())
			}
		})
		b.Run(fmt.Sprintf("read %d", size), func(b *testing.B) {
			b.SetBytes(int64(len(whole)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := memory.ReadSnapshot(whole); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
