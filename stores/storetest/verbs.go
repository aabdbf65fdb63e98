package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/patchbay-go/patchbay/core"
)

func testGet(s *subject) {
	a, b := s.mustCreate(s.item("a", "one")), s.mustCreate(s.item("b", ""))
	s.wantItems([]core.Key{b.Key, s.key("none"), a.Key}, a, b)
	s.wantItems([]core.Key{s.key("none")})
	s.wantItems(nil)
}

func testGetMany(s *subject) {
	const most = 128
	var keys []core.Key
	var want []core.Item
	for i := range most {
		it := s.item(fmt.Sprintf("%03d", i), "x")
		keys = append(keys, it.Key)
		if i%2 == 0 {
			want = append(want, s.mustCreate(it))
		}
	}
	s.wantItems(keys, want...)
}

func testCreate(s *subject) {
	t := s.t
	first := s.mustCreate(s.item("a", "first"))
	_, err := s.Create(t.Context(), s.item("a", "second"))
	s.wantConflict(err, first.Key, &first)
	s.wantOnly(first)
}

func testReplace(s *subject) {
	t := s.t
	_, err := s.Replace(t.Context(), core.Item{Key: s.key("a"), Version: 1})
	s.wantConflict(err, s.key("a"), nil)
	s.wantAbsent("a")

	old := s.mustCreate(s.item("a", "old"))
	next := old
	next.Body = []byte("new")
	next = s.mustReplace(next)
	if next.Version == old.Version {
		t.Fatalf("Replace gave the version %d that was there before", next.Version)
	}
	s.wantOnly(next)
	_, err = s.Replace(t.Context(), old)
	s.wantConflict(err, old.Key, &next)
	s.wantOnly(next)
}

func testPut(s *subject) {
	t := s.t
	first := s.mustPut(s.item("a", "first"))
	s.wantOnly(first)
	second := s.mustPut(s.item("a", "second"))
	s.wantOnly(second)
	_, err := s.Replace(t.Context(), first)
	s.wantConflict(err, first.Key, &second)
}

func testDelete(s *subject) {
	t := s.t
	s.mustDelete(s.key("none"), 0)
	s.wantConflict(s.Delete(t.Context(), s.key("none"), 7), s.key("none"), nil)

	old := s.mustCreate(s.item("a", "old"))
	present := s.mustReplace(old)
	s.wantConflict(s.Delete(t.Context(), old.Key, old.Version), old.Key, &present)
	s.wantOnly(present)
	s.mustDelete(present.Key, present.Version)
	s.wantAbsent("a")

	s.mustCreate(s.item("b", ""))
	s.mustDelete(s.key("b"), 0)
	s.wantAbsent("b")
}

// testVersions: a version that was read before an item was deleted and made again hits nothing.
func testVersions(s *subject) {
	t := s.t
	seen := map[uint64]bool{}
	note := func(it core.Item) core.Item {
		t.Helper()
		if seen[it.Version] {
			t.Fatalf("version %d came twice", it.Version)
		}
		seen[it.Version] = true
		return it
	}
	for range 5 {
		it := note(s.mustCreate(s.item("a", "same")))
		it = note(s.mustReplace(it))
		it = note(s.mustPut(it))
		s.mustDelete(it.Key, it.Version)
	}
	s.mustCreate(s.item("a", "same"))
	for version := range seen {
		s.wantConflict(s.Delete(t.Context(), s.key("a"), version), s.key("a"), s.present("a"))
	}
}

// present returns what is stored under a sort key.
func (s *subject) present(sort string) *core.Item {
	s.t.Helper()
	items, err := s.Get(s.ctx(), s.key(sort))
	if err != nil || len(items) != 1 {
		s.t.Fatalf("Get(%q) = %d items, %v; want 1", sort, len(items), err)
	}
	return &items[0]
}

func testCopies(s *subject) {
	t := s.t
	body := []byte("kept")
	want := s.mustCreate(core.Item{Key: s.key("a"), Body: body})
	want.Body = []byte("kept")
	copy(body, "lost")
	s.wantOnly(want)
	copy(s.present("a").Body, "lost")
	items, err := s.Range(t.Context(), s.p, "", 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	copy(items[0].Body, "lost")
	s.wantOnly(want)
}

func testBodies(s *subject) {
	binary := make([]byte, 256)
	for i := range binary {
		binary[i] = byte(i)
	}
	for name, body := range map[string][]byte{"empty": {}, "binary": binary, "largest": bytes.Repeat([]byte{0xff}, core.MaxBody)} {
		s.wantOnly(s.mustCreate(core.Item{Key: s.key(name), Body: body}))
	}
}

func testExpiry(s *subject) {
	t := s.t
	const life = 400 * time.Millisecond
	end := time.Now().Add(life)
	kept := s.mustCreate(s.item("kept", ""))
	for _, sort := range []string{"get", "create", "replace", "delete", "put"} {
		s.mustCreate(core.Item{Key: s.key(sort), Expires: end, Body: []byte("old")})
	}
	stale := s.present("replace")
	if got := stale.Expires.UnixMilli(); got != end.UnixMilli() {
		t.Fatalf("item expires at %d ms, want %d", got, end.UnixMilli())
	}
	s.wantSorts(s.sorts("", 0, 0), []string{"create", "delete", "get", "kept", "put", "replace"})
	time.Sleep(time.Until(end) + 20*time.Millisecond)

	s.wantAbsent("get")
	s.wantSorts(s.sorts("", 0, 0), []string{"kept"})
	_, err := s.Replace(t.Context(), *stale)
	s.wantConflict(err, stale.Key, nil)
	s.wantConflict(s.Delete(t.Context(), s.key("delete"), stale.Version), s.key("delete"), nil)
	s.mustDelete(s.key("delete"), 0)
	s.wantOnly(s.mustCreate(s.item("create", "new")))
	s.wantOnly(s.mustPut(s.item("put", "new")))
	s.wantOnly(kept)
}

func testCanceled(s *subject) {
	t := s.t
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Get(ctx, s.key("a")); !errors.Is(err, context.Canceled) {
		t.Errorf("Get with an ended context: %v", err)
	}
	if _, err := s.Put(ctx, s.item("a", "")); !errors.Is(err, context.Canceled) {
		t.Errorf("Put with an ended context: %v", err)
	}
	s.wantAbsent("a")
}

func testClosed(s *subject) {
	t := s.t
	for range 2 {
		if err := s.Close(); err != nil {
			t.Fatalf("Close: %v", err)
		}
	}
	ctx, it := t.Context(), s.item("a", "")
	verbs := map[string]func() error{
		"Get":     func() error { _, err := s.Get(ctx, it.Key); return err },
		"Create":  func() error { _, err := s.Create(ctx, it); return err },
		"Replace": func() error { _, err := s.Replace(ctx, it); return err },
		"Put":     func() error { _, err := s.Put(ctx, it); return err },
		"Delete":  func() error { return s.Delete(ctx, it.Key, 0) },
		"Range":   func() error { _, err := s.Range(ctx, s.p, "", 0, 0); return err },
	}
	for name, verb := range verbs {
		if err := verb(); !errors.Is(err, core.ErrClosed) {
			t.Errorf("%s after Close: %v, want ErrClosed", name, err)
		}
	}
}
