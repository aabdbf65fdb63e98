//go:build peers

package memcache

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/tests/servers"
)

// TestListed: whatever many processes create and delete at once in a partition, and whoever breaks off in the middle, in the end Range gives
// exactly what Get does.
func TestListed(t *testing.T) {
	address := servers.Run(t, servers.Memcached()).Address
	const workers, each, names = 6, 150, 12
	sorts := make([]string, names)
	for i := range sorts {
		sorts[i] = fmt.Sprint("sort ", i)
		if i%3 == 0 {
			sorts[i] = sortOf(fmt.Sprint("run ", i%2, "/"), rand.Uint64N(100)) // some are numbers
		}
	}
	var group sync.WaitGroup
	for range workers {
		group.Go(func() {
			s := New(address, nil)
			defer func() { _ = s.Close() }()
			for range each {
				disturb(t, s, core.Key{Partition: "p", Sort: sorts[rand.IntN(names)]})
			}
		})
	}
	group.Wait()
	s := New(address, nil)
	defer func() { _ = s.Close() }()
	keys := make([]core.Key, names)
	for i, sort := range sorts {
		keys[i] = core.Key{Partition: "p", Sort: sort}
	}
	want, err := s.Get(t.Context(), keys...)
	if err != nil {
		t.Fatal(err)
	}
	got, err := s.Range(t.Context(), "p", "", 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(want, func(a, b core.Item) int { return strings.Compare(a.Sort, b.Sort) })
	same := func(a, b core.Item) bool { return a.Key == b.Key && a.Version == b.Version }
	if want = slices.CompactFunc(want, same); !slices.EqualFunc(got, want, same) {
		t.Errorf("Range gives %d items, Get %d:\n%v\n%v", len(got), len(want), got, want)
	}
}

// disturb changes an item somehow, and often breaks off while it does.
func disturb(t *testing.T, s *Store, key core.Key) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	if rand.IntN(3) == 0 {
		time.AfterFunc(rand.N(time.Millisecond), cancel)
	}
	it := core.Item{Key: key, Expires: time.Now().Add(time.Hour)}
	if rand.IntN(2) == 0 {
		it.Expires = time.Time{}
	}
	var err error
	switch rand.IntN(4) {
	case 0:
		_, err = s.Create(ctx, it)
	case 1:
		_, err = s.Put(ctx, it)
	default:
		err = s.Delete(ctx, key, 0)
	}
	if _, conflict := errors.AsType[*core.ConflictError](err); err != nil && !conflict && ctx.Err() == nil {
		t.Error(err)
	}
}

// TestListedAnew: an item that is deleted slowly while others create it again stays listed. These are the orders in which it could be lost.
func TestListedAnew(t *testing.T) {
	s := New(servers.Run(t, servers.Memcached()).Address, nil)
	defer func() { _ = s.Close() }()
	for i, meanwhile := range []func(key core.Key){
		func(key core.Key) { create(t, s, key) },
		func(key core.Key) { create(t, s, key); remove(t, s, key); create(t, s, key) },
	} {
		key := core.Key{Partition: "p", Sort: fmt.Sprint("x", i)}
		create(t, s, key)
		p, err := s.look(t.Context(), key)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.client.remove(t.Context(), s.names.item(key), p.rec.cas); err != nil {
			t.Fatal(err)
		}
		meanwhile(key)
		s.forget(t.Context(), p) // as late as it likes
		items, err := s.Range(t.Context(), "p", "", 0, 0)
		if err != nil || len(items) != i+1 || items[i].Key != key {
			t.Errorf("Range gives %v, %v; want %q too", items, err, key.Sort)
		}
	}
}

func create(t *testing.T, s *Store, key core.Key) {
	t.Helper()
	if _, err := s.Create(t.Context(), core.Item{Key: key}); err != nil {
		t.Fatal(err)
	}
}

func remove(t *testing.T, s *Store, key core.Key) {
	t.Helper()
	if err := s.Delete(t.Context(), key, 0); err != nil {
		t.Fatal(err)
	}
}

// TestListedLonger: what lives longer than it was to is listed as long as it does, by the store's clock, and what has ended is not.
func TestListedLonger(t *testing.T) {
	now := time.Now()
	s := New(servers.Run(t, servers.Memcached()).Address, &Options{Now: func() time.Time { return now }})
	defer func() { _ = s.Close() }()
	keys := []core.Key{{Partition: "p", Sort: "plain"}, {Partition: "p", Sort: sortOf("i/", 7)}}
	for _, key := range keys {
		it := core.Item{Key: key, Expires: now.Add(time.Minute)}
		version, err := s.Create(t.Context(), it)
		if err != nil {
			t.Fatal(err)
		}
		it.Version, it.Expires = version, now.Add(100*time.Hour)
		if _, err := s.Replace(t.Context(), it); err != nil {
			t.Fatal(err)
		}
	}
	now = now.Add(99 * time.Hour)
	create(t, s, core.Key{Partition: "p", Sort: "z"}) // so that lists are written
	if items, err := s.Range(t.Context(), "p", "", 0, 0); err != nil || len(items) != 3 {
		t.Errorf("Range gives %v, %v; want all three", items, err)
	}
	now = now.Add(2 * time.Hour)
	if items, err := s.Range(t.Context(), "p", "", 0, 0); err != nil || len(items) != 1 {
		t.Errorf("Range gives %v, %v; want what does not expire", items, err)
	}
}

// TestFullList: a partition that has too many items for its list says so, and changes nothing.
func TestFullList(t *testing.T) {
	s := New(servers.Run(t, servers.Memcached()).Address, nil)
	defer func() { _ = s.Close() }()
	full, room := &list{partition: "p", part: partOf("x")}, maxList-100
	for n := 0; room > 720; n++ {
		e := listEntry{sort: fmt.Sprintf("%0700d", n)}
		full.entries = append(full.entries, e)
		room -= len(e.sort) + 8
	}
	if err := s.client.write(t.Context(), s.names.list("p", full.part), full.value(), 0, 0); err != nil {
		t.Fatal(err)
	}
	long := core.Key{Partition: "p"}
	for n := 0; long.Sort == "" || partOf(long.Sort) != full.part; n++ {
		long.Sort = fmt.Sprint(strings.Repeat("y", 750), n)
	}
	_, err := s.Create(t.Context(), core.Item{Key: long})
	if err == nil || !strings.Contains(err.Error(), "too many items") {
		t.Fatalf("the list is full, and create says %v", err)
	}
	if items, err := s.Get(t.Context(), long); err != nil || len(items) != 0 {
		t.Errorf("what could not be listed is there: %v, %v", items, err)
	}
}
