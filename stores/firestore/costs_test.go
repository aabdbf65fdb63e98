//go:build peers

package firestore_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"testing"
	"time"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/stores/firestore"
)

// TestCosts: what each use is charged, in documents, as Firestore's price list has it.
func TestCosts(t *testing.T) {
	e := emulate(t)
	now := time.Now()
	w, current := listened()
	s := e.openBy(t, w, func() time.Time { return now })
	p := rand.Text()
	key := func(sort string) core.Key { return core.Key{Partition: p, Sort: sort} }
	there := mustCreate(t, s, core.Item{Key: key("there")})
	for i := range 10 {
		mustCreate(t, s, core.Item{Key: core.Key{Partition: p + "/log", Sort: fmt.Sprint(i)}, Body: make([]byte, 100)})
	}
	ended := mustCreate(t, s, core.Item{Key: key("ended"), Expires: now.Add(99 * time.Hour)})
	dying := mustCreate(t, s, core.Item{Key: key("dying"), Expires: now.Add(100 * time.Hour)})
	living := mustCreate(t, s, core.Item{Key: key("living"), Expires: now.Add(200 * time.Hour)})
	stale := mustCreate(t, s, core.Item{Key: key("stale")})
	if err := replace(s, stale)(t.Context()); err != nil {
		t.Fatal(err)
	}
	now = now.Add(100*time.Hour - time.Minute)

	for _, c := range []struct {
		name string
		use  func(ctx context.Context) error
		want core.Units
	}{
		{"get one", get(s, there.Key), core.Units{Reads: 1}},
		{"get what is not there", get(s, key("none"), there.Key), core.Units{Reads: 2}},
		{"range of nothing", read(s, p+"/none", "", 0, 0), core.Units{Reads: 1}},
		{"range of ten", read(s, p+"/log", "", 0, 0), core.Units{Reads: 10}},
		{"range of three", read(s, p+"/log", "", 3, 0), core.Units{Reads: 3}},
		{"range of 250 bytes", read(s, p+"/log", "", 0, 250), core.Units{Reads: 3}},
		{"range over what has expired", read(s, p, "e", 1, 0), core.Units{Reads: 2}}, // it asks for one, and then for one more
		{"create", create(s, core.Item{Key: key("new")}), core.Units{Writes: 1}},
		{"create what is there", create(s, there), core.Units{Reads: 1, Writes: 1}},
		{"create over what has expired", create(s, core.Item{Key: ended.Key, Expires: ended.Expires}), core.Units{Reads: 1, Writes: 2}},
		{"put", func(ctx context.Context) error { _, err := s.Put(ctx, core.Item{Key: key("put")}); return err }, core.Units{Writes: 1}},
		{"replace what was replaced", replace(s, stale), core.Units{Writes: 1}},
		{"replace what has expired", replace(s, ended), core.Units{Reads: 1}},
		{"replace what is about to expire", replace(s, dying), core.Units{Reads: 1, Writes: 1}},
		{"replace what lives for long", replace(s, living), core.Units{Writes: 1}},
		{"replace", replace(s, there), core.Units{Writes: 1}},
		{"delete what was replaced", func(ctx context.Context) error { return s.Delete(ctx, there.Key, there.Version) }, core.Units{Writes: 1}},
		{"delete anything", func(ctx context.Context) error { return s.Delete(ctx, there.Key, 0) }, core.Units{Writes: 1}},
		{"wait behind what was passed", wait(s, core.Key{Partition: p + "/log", Sort: "8"}, nil), core.Units{Reads: 1}},
		{"wait in vain", wait(s, core.Key{Partition: p + "/log", Sort: "9"}, current), core.Units{Reads: 1}},
		{"check", s.Check, core.Units{Reads: 1, Writes: 1}},
	} {
		ctx, meter := core.WithMeter(t.Context())
		err := c.use(ctx)
		if got := meter.Units(); got != c.want {
			t.Errorf("%s: %+v, want %+v (%v)", c.name, got, c.want, err)
		}
	}
}

func get(s *firestore.Store, keys ...core.Key) func(context.Context) error {
	return func(ctx context.Context) error { _, err := s.Get(ctx, keys...); return err }
}

func read(s *firestore.Store, partition, after string, limit, bytes int) func(context.Context) error {
	return func(ctx context.Context) error { _, err := s.Range(ctx, partition, after, limit, bytes); return err }
}

func create(s *firestore.Store, it core.Item) func(context.Context) error {
	return func(ctx context.Context) error { _, err := s.Create(ctx, it); return err }
}

func replace(s *firestore.Store, it core.Item) func(context.Context) error {
	return func(ctx context.Context) error { _, err := s.Replace(ctx, it); return err }
}

// wait waits until something stands behind a key, or until is told something.
func wait(s *firestore.Store, after core.Key, until <-chan struct{}) func(context.Context) error {
	return func(ctx context.Context) error {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		if until != nil {
			go func() { <-until; cancel() }()
		}
		return s.Wait(ctx, []core.Key{after})
	}
}
