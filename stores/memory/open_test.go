package memory_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/stores/memory"
	"github.com/patchbay-go/patchbay/stores/storetest"
)

// openFile opens a store that is closed with the test, if not before.
func openFile(t *testing.T, path string, o *memory.Options) *memory.Store {
	t.Helper()
	s, err := memory.Open(path, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// busily opens a store that writes many snapshots.
func busily(t *testing.T) core.Store {
	t.Helper()
	return openFile(t, filepath.Join(t.TempDir(), "file"), &memory.Options{Every: 20 * time.Millisecond})
}

func TestStoreWithFile(t *testing.T) { storetest.Run(t, busily) }

func TestMessagingWithFile(t *testing.T) { storetest.Messaging(t, busily) }

// somePartitions are items in several shards.
func somePartitions(t *testing.T, s *memory.Store) []core.Item {
	t.Helper()
	items := []core.Item{
		{Key: core.Key{Partition: "p", Sort: "plain"}, Body: []byte("body")},
		{Key: core.Key{Partition: "p", Sort: "expires"}, Body: []byte{0}, Expires: time.UnixMilli(4_000_000_000_001)},
		{Key: core.Key{Partition: "q\x00/\xff", Sort: strings.Repeat("s", 768)}, Body: []byte{}},
		{Key: core.Key{Partition: "r", Sort: "large"}, Body: bytes.Repeat([]byte{1, 2, 3}, core.MaxBody/3)},
	}
	for i := range items {
		var err error
		if items[i].Version, err = s.Put(t.Context(), items[i]); err != nil {
			t.Fatal(err)
		}
	}
	return items
}

func wantItems(t *testing.T, s *memory.Store, want []core.Item) {
	t.Helper()
	got := s.Cut()
	for _, items := range [][]core.Item{got, want} {
		slices.SortFunc(items, func(a, b core.Item) int { return strings.Compare(a.Partition+a.Sort, b.Partition+b.Sort) })
	}
	if d := cmp.Diff(want, got, cmp.Comparer(time.Time.Equal), cmp.Comparer(bytes.Equal)); d != "" {
		t.Fatalf("items differ (want -, got +):\n%s", d)
	}
}

func TestReload(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	s := openFile(t, path, nil)
	want := somePartitions(t, s)
	put(t, s, core.Item{Key: core.Key{Partition: "p", Sort: "expired"}, Expires: time.Now().Add(-time.Second)})
	closeStore(t, s)
	wantMode(t, path)

	s = openFile(t, path, nil)
	wantItems(t, s, want)
	next := want[0]
	next.Body = []byte("next")
	version, err := s.Replace(t.Context(), next)
	if err != nil {
		t.Fatalf("replace what was loaded, by its version: %v", err)
	}
	if next.Version = version; version == want[0].Version {
		t.Errorf("version %d came twice", version)
	}
	want[0] = next
	closeStore(t, s)
	closeStore(t, openFile(t, path, nil)) // which changes nothing
	wantItems(t, openFile(t, path, nil), want)
}

func closeStore(t *testing.T, s *memory.Store) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Fatalf("close: %v", err)
	}
}

// wantMode: what is in a store is nobody else's to read.
func wantMode(t *testing.T, path string) {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := info.Mode(); got != 0o600 {
		t.Errorf("the file's mode is %v, want that of its owner alone", got)
	}
}

// TestVersionsAfterACrash: versions that were given out after the last snapshot do not come again.
func TestVersionsAfterACrash(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "file")
	s := openFile(t, path, nil)
	it := somePartitions(t, s)[0]
	closeStore(t, s)
	seen := map[uint64]bool{it.Version: true}
	for life := range 5 {
		crashed := filepath.Join(folder, fmt.Sprint(life))
		copyFile(t, path, crashed)
		s := openFile(t, crashed, nil)
		for it := it; len(seen) < 1+100*(life+1); {
			version, err := s.Replace(t.Context(), it)
			if err != nil {
				t.Fatal(err)
			}
			if seen[version] {
				t.Fatalf("version %d came again", version)
			}
			it.Version, seen[version] = version, true
		}
	}
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	b, err := os.ReadFile(from)
	if err == nil {
		err = os.WriteFile(to, b, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestInterval: what has changed is in the file after the interval; what has not is not written again; the snapshot before is kept.
func TestInterval(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "file")
		s := openFile(t, path, &memory.Options{Every: time.Minute})
		defer closeStore(t, s)
		time.Sleep(time.Hour)
		if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("nothing was written to a file all the same: %v", err)
		}
		somePartitions(t, s)
		time.Sleep(2 * time.Minute)
		first := read(t, path)
		if items, err := memory.ReadSnapshot(first); err != nil || len(items) != 4 {
			t.Errorf("the file holds %d items, %v; want 4", len(items), err)
		}
		time.Sleep(time.Hour)
		if !bytes.Equal(read(t, path), first) {
			t.Error("the file was written again though nothing had changed")
		}
		for _, key := range []core.Key{{Partition: "p", Sort: "plain"}, {Partition: "p", Sort: "expires"}} { // to remove is to change
			if err := s.Delete(t.Context(), key, 0); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(2 * time.Minute)
		if items, err := memory.ReadSnapshot(read(t, path)); err != nil || len(items) != 2 {
			t.Errorf("the file holds %d items, %v; want 2", len(items), err)
		}
		if !bytes.Equal(read(t, path+".previous"), first) {
			t.Error("the snapshot before is not what it was")
		}
	})
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestSnapshotFails: it is told once for all tries, the one before stays, and it goes on when it can.
func TestSnapshotFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "file")
		var log bytes.Buffer
		s := openFile(t, path, &memory.Options{Every: time.Minute, Logger: slog.New(slog.NewTextHandler(&log, nil))})
		somePartitions(t, s)
		time.Sleep(2 * time.Minute)
		first := read(t, path)
		obstacle := filepath.Join(path+".new", "x")
		if err := os.MkdirAll(obstacle, 0o700); err != nil {
			t.Fatal(err)
		}
		put(t, s, core.Item{Key: core.Key{Partition: "late", Sort: "x"}})
		time.Sleep(time.Hour)
		synctest.Wait()
		if got := strings.Count(log.String(), "snapshot not written"); got != 1 {
			t.Errorf("it was logged %d times that snapshots fail, want once:\n%s", got, &log)
		}
		if !bytes.Equal(read(t, path), first) {
			t.Error("the file is not the one before any more")
		}
		if err := os.RemoveAll(path + ".new"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		if !strings.Contains(log.String(), "snapshot written again") {
			t.Errorf("it was not logged that they do not fail any more:\n%s", &log)
		}
		put(t, s, core.Item{Key: core.Key{Partition: "later", Sort: "x"}})
		if err := os.MkdirAll(obstacle, 0o700); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := s.Close(); err == nil || !strings.Contains(err.Error(), path) {
				t.Errorf("close says %v, where the last snapshot was not written", err)
			}
		}
	})
}

// TestLostCursor: a process is killed; what it has published since the last snapshot is gone, and who has read that misses nothing of what
// the next process publishes.
func TestLostCursor(t *testing.T) {
	folder := t.TempDir()
	path, crashed := filepath.Join(folder, "file"), filepath.Join(folder, "crashed")
	s := openFile(t, path, nil)
	set := newSet(t, s)
	publish(t, set, "kept")
	closeStore(t, s) // no more than a way to have a snapshot now
	s = openFile(t, path, nil)
	copyFile(t, path, crashed)
	set = newSet(t, s)
	cursor := next(t, set, "", "kept")
	for range 20 {
		publish(t, set, "lost")
	}
	for range 20 {
		cursor = next(t, set, cursor, "lost")
	}
	for range 2 { // once more after an orderly end
		s = openFile(t, crashed, nil)
		set = newSet(t, s)
		publish(t, set, "new")
		for range 25 {
			publish(t, set, "newer")
		}
		next(t, set, cursor, "new")
		closeStore(t, s)
	}
}

type nobody struct{ core.Endpoint }

func newSet(t *testing.T, s core.Store) *core.ChannelSet {
	t.Helper()
	set := core.NewChannelSet(core.NewServiceMapper(), s, nil)
	set.Map(&core.Channel{Name: "c", Endpoint: nobody{}}).AddDestination(&core.Destination{Name: "news"})
	t.Cleanup(set.Drain)
	return set
}

func publish(t *testing.T, set *core.ChannelSet, body string) {
	t.Helper()
	if _, err := set.Publish(t.Context(), nil, &core.Publication{Topic: core.Topic{Destination: "news"}, Body: body}); err != nil {
		t.Fatal(err)
	}
}

// next reads what stands behind a cursor, fails unless the first of it has this body, and returns the cursor behind that.
func next(t *testing.T, set *core.ChannelSet, after, want string) (cursor string) {
	t.Helper()
	feed := set.NewFeed()
	defer feed.Close(context.WithoutCancel(t.Context()))
	v := core.Subscription{ID: "s", Topic: core.Topic{Destination: "news"}}
	if err := feed.Subscribe(t.Context(), nil, &core.SubscribeRequest{Subscription: v, After: after, Replay: core.ReplayAll}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	events, err := feed.Next(ctx)
	if err != nil {
		t.Fatal(err)
	}
	var got string
	if err := events[0].Message.Body.Bind(&got, nil, set.Limits().Value); err != nil {
		t.Fatal(err)
	}
	if got != want {
		t.Fatalf("behind the cursor %q came %q, want %q", after, got, want)
	}
	return events[0].Cursor
}
