//go:build peers

package firestore_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/stores/firestore"
)

func newKey() core.Key { return core.Key{Partition: rand.Text(), Sort: "x"} }

func mustCreate(t *testing.T, s *firestore.Store, it core.Item) core.Item {
	t.Helper()
	version, err := s.Create(t.Context(), it)
	if err != nil {
		t.Fatal(err)
	}
	it.Version = version
	return it
}

// TestLongestKeys: the longest keys of the most hostile bytes are taken, read, and in order.
func TestLongestKeys(t *testing.T) {
	s := emulate(t).open(t, nil)
	for _, b := range []string{"\x00", "/", "\xff", "_", "k"} {
		partition := rand.Text()
		partition += strings.Repeat(b, 1024-len(partition))
		sorts := []string{}
		for _, end := range []string{"", "\x00", "/", "k", "\xff"} {
			longest := strings.Repeat(b, 768-len(end)) + end
			sorts = append(sorts, longest, longest[1:])
		}
		slices.Sort(sorts)
		var want []core.Key
		for _, sort := range slices.Compact(sorts) {
			want = append(want, mustCreate(t, s, core.Item{Key: core.Key{Partition: partition, Sort: sort}}).Key)
		}
		items, err := s.Range(t.Context(), partition, "", 0, 0)
		wantKeys(t, "Range", items, err, want)
	}
}

// TestLargestBody: a body of as many bytes as the store says is kept.
func TestLargestBody(t *testing.T) {
	s := emulate(t).open(t, nil)
	body := bytes.Repeat([]byte{0xff}, s.MaxBody())
	it := mustCreate(t, s, core.Item{Key: core.Key{Partition: strings.Repeat("\xff", 1024), Sort: strings.Repeat("\xff", 768)}, Body: body})
	items, err := s.Get(t.Context(), it.Key)
	if err != nil || len(items) != 1 || !bytes.Equal(items[0].Body, body) {
		t.Errorf("got %d items, %v; want the one of %d bytes", len(items), err, len(body))
	}
	_, err = s.Put(t.Context(), core.Item{Key: it.Key, Body: append(body, 0)})
	if f, ok := errors.AsType[*core.Fault](err); !ok || f.Code != core.TooLarge {
		t.Errorf("one byte more: %v, want a fault", err)
	}
}

// TestPages: expired documents are passed over however many they are, and an answer is as long as it may be.
func TestPages(t *testing.T) {
	e := emulate(t)
	now := time.Now()
	s := e.openBy(t, nil, func() time.Time { return now })
	partition := rand.Text()
	var want []core.Key
	for i := range 300 {
		it := core.Item{Key: core.Key{Partition: partition, Sort: fmt.Sprintf("%03d", i)}, Expires: now.Add(time.Minute)}
		if i%50 == 49 {
			it.Expires = time.Time{}
			want = append(want, it.Key)
		}
		mustCreate(t, s, it)
	}
	now = now.Add(time.Hour)
	for _, limit := range []int{0, 1, 4, 6, 7} {
		all := []core.Item{}
		for after := ""; ; after = all[len(all)-1].Sort {
			items, err := s.Range(t.Context(), partition, after, limit, 0)
			if err != nil {
				t.Fatal(err)
			}
			if left := len(want) - len(all); limit > 0 && len(items) != min(limit, left) {
				t.Errorf("limit %d: %d items of %d that are left", limit, len(items), left)
			}
			if len(items) == 0 {
				break
			}
			all = append(all, items...)
		}
		wantKeys(t, fmt.Sprintf("Range of %d at a time", limit), all, nil, want)
	}
}

// TestExpiredAreAbsent: by the store's own clock, for every verb, at every moment of a life.
func TestExpiredAreAbsent(t *testing.T) {
	e := emulate(t)
	var offset atomic.Int64
	s := e.openBy(t, nil, func() time.Time { return time.Now().Add(time.Duration(offset.Load())) })
	const life = 100 * time.Hour
	for _, c := range []struct {
		name  string
		at    time.Duration
		lives bool
	}{{"at once", 0, true}, {"in its last minute", life - time.Minute, true}, {"when it has expired", life + time.Second, false}} {
		for _, change := range changes {
			t.Run(c.name+", "+change.verb, func(t *testing.T) {
				offset.Store(0)
				it := mustCreate(t, s, core.Item{Key: newKey(), Expires: time.Now().Add(life)})
				offset.Store(int64(c.at))
				it.Body = []byte("new")
				it.Expires = time.Time{}
				_, err := change.do(t.Context(), s, it)
				wantConflict := c.lives == (change.verb == "create")
				if change.verb == "put" || change.verb == "delete anything" {
					wantConflict = false
				}
				if isConflict(err) != wantConflict || err != nil && !wantConflict {
					t.Errorf("%v", err)
				}
			})
		}
	}
}

// TestCreateOverExpired: of many who take the place of what has expired, one does.
func TestCreateOverExpired(t *testing.T) {
	e := emulate(t)
	s := e.open(t, nil)
	for range 10 {
		key := mustCreate(t, s, core.Item{Key: newKey(), Expires: time.Now().Add(-time.Second)}).Key
		var group sync.WaitGroup
		var winners atomic.Int64
		for range 8 {
			group.Go(func() {
				switch _, err := s.Create(t.Context(), core.Item{Key: key}); {
				case err == nil:
					winners.Add(1)
				case !isConflict(err):
					t.Error(err)
				}
			})
		}
		group.Wait()
		if got := winners.Load(); got != 1 {
			t.Fatalf("%d creates over one expired item succeeded", got)
		}
	}
}

// TestVersionsNeverComeTwice: items that are deleted and made again as fast as may be, by many.
func TestVersionsNeverComeTwice(t *testing.T) {
	s := emulate(t).open(t, nil)
	key := newKey()
	var seen sync.Map
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 40 {
				version, err := s.Create(t.Context(), core.Item{Key: key, Body: []byte("same")})
				if isConflict(err) {
					_ = s.Delete(t.Context(), key, 0) // somebody makes it again, or nobody does
					continue
				}
				if _, twice := seen.LoadOrStore(version, true); twice || err != nil {
					t.Errorf("version %d came twice, or %v", version, err)
				}
			}
		})
	}
	group.Wait()
}

// TestForeignVersions: one that this item never had is a conflict, also one that no document can have.
func TestForeignVersions(t *testing.T) {
	s := emulate(t).open(t, nil)
	it := mustCreate(t, s, core.Item{Key: newKey()})
	for _, version := range []uint64{1, 1 << 12, 1<<63 - 1, 1<<64 - 1, it.Version - 1<<12, it.Version + 1<<12, it.Version + 1<<40} {
		for _, key := range []core.Key{it.Key, newKey()} {
			_, err := s.Replace(t.Context(), core.Item{Key: key, Version: version})
			if !isConflict(err) {
				t.Errorf("Replace of version %d: %v", version, err)
			}
			if err := s.Delete(t.Context(), key, version); !isConflict(err) {
				t.Errorf("Delete of version %d: %v", version, err)
			}
		}
	}
	if err := s.Delete(t.Context(), it.Key, it.Version); err != nil {
		t.Error(err)
	}
}

// TestPrefixes: stores in one database do not see each other's items.
func TestPrefixes(t *testing.T) {
	e := emulate(t)
	one := e.open(t, nil)
	two, err := firestore.Open(t.Context(), "patchbay", &firestore.Options{Emulator: e.address, Prefix: "another"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = two.Close() }()
	it := mustCreate(t, one, core.Item{Key: newKey()})
	if items, err := two.Get(context.Background(), it.Key); err != nil || len(items) != 0 {
		t.Errorf("the other store has %v, %v", items, err)
	}
	mustCreate(t, two, it)
}
