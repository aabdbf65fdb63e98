// Package storetest is the suite that every core.Store passes. A new store has one test:
//
//	func TestStore(t *testing.T) {
//		storetest.Run(t, func(t *testing.T) core.Store {
//			return mystore.New(...) // empty, or with nothing of the partitions that this test uses: their names are random
//		})
//	}
//
//	func TestSessions(t *testing.T) { storetest.Sessions(t, ...) }   // the same func: what core builds on the verbs
//	func TestMessaging(t *testing.T) { storetest.Messaging(t, ...) } // and what it promises about messages
//
// Each subtest takes a store of its own and closes it. The suite waits for the clock where items expire, for less than two seconds in
// all; a store with a clock that can be set, or a test in a testing/synctest bubble, does not wait. What the suite asks is what
// core.Store's comments promise: who changes one changes the other.
package storetest

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/patchbay-go/patchbay/core"
)

// Open returns a store for one test. It fails the test where it cannot.
type Open func(t *testing.T) core.Store

// Run tests each verb's contract.
func Run(t *testing.T, open Open) {
	t.Helper()
	tests := []struct {
		name string
		run  func(*subject)
	}{
		{"get returns what there is", testGet},
		{"get takes 128 keys", testGetMany},
		{"create is only for what is not there", testCreate},
		{"replace is only for the version that was read", testReplace},
		{"put takes the place of anything", testPut},
		{"delete takes a version, or anything", testDelete},
		{"versions are never used again", testVersions},
		{"a store keeps copies", testCopies},
		{"range is in the order of bytes", testRangeOrder},
		{"range begins after a sort key", testRangeAfter},
		{"range keeps to a number of items", testRangeLimit},
		{"range keeps to a number of bytes", testRangeBytes},
		{"range stays in its partition", testRangePartition},
		{"last finds the end", testLast},
		{"trim removes what is below", testTrim},
		{"wait sees what comes and what is there", testWait},
		{"keys are any text", testHostileKeys},
		{"bodies are up to the limit", testBodies},
		{"expired items are absent for every verb", testExpiry},
		{"one of many creates wins", testCreateRace},
		{"replaces lose no update", testReplaceRace},
		{"readers of a growing log skip nothing", testAppend},
		{"an ended context ends a verb", testCanceled},
		{"a closed store says so", testClosed},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) { test.run(newSubject(t, open)) })
	}
}

// A subject is the store of one test, with verbs that fail the test.
type subject struct {
	core.Store
	t *testing.T
	p string // a partition that nobody else uses
}

func newSubject(t *testing.T, open Open) *subject {
	t.Helper()
	s := &subject{Store: open(t), t: t, p: "storetest/" + rand.Text()}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return s
}

// key names an item of the subject's partition.
func (s *subject) key(sort string) core.Key { return core.Key{Partition: s.p, Sort: sort} }

func (s *subject) item(sort, body string) core.Item {
	return core.Item{Key: s.key(sort), Body: []byte(body)}
}

// ctx ends before the test does.
func (s *subject) ctx() context.Context { return s.t.Context() }

func (s *subject) mustCreate(it core.Item) core.Item {
	s.t.Helper()
	version, err := s.Create(s.ctx(), it)
	return s.written("Create", it, version, err)
}

func (s *subject) mustReplace(it core.Item) core.Item {
	s.t.Helper()
	version, err := s.Replace(s.ctx(), it)
	return s.written("Replace", it, version, err)
}

func (s *subject) mustPut(it core.Item) core.Item {
	s.t.Helper()
	version, err := s.Put(s.ctx(), it)
	return s.written("Put", it, version, err)
}

// written returns the item as it is stored now.
func (s *subject) written(verb string, it core.Item, version uint64, err error) core.Item {
	s.t.Helper()
	if err != nil {
		s.t.Fatalf("%s(%q): %v", verb, it.Sort, err)
	}
	if version == 0 {
		s.t.Fatalf("%s(%q): version 0", verb, it.Sort)
	}
	it.Version = version
	return it
}

func (s *subject) mustDelete(key core.Key, version uint64) {
	s.t.Helper()
	if err := s.Delete(s.ctx(), key, version); err != nil {
		s.t.Fatalf("Delete(%q, %d): %v", key.Sort, version, err)
	}
}

// wantItems fails unless Get gives exactly these items.
func (s *subject) wantItems(keys []core.Key, want ...core.Item) {
	s.t.Helper()
	got, err := s.Get(s.ctx(), keys...)
	if err != nil {
		s.t.Fatalf("Get: %v", err)
	}
	slices.SortFunc(got, bySort)
	slices.SortFunc(want, bySort)
	if !slices.EqualFunc(got, want, sameItem) {
		s.t.Fatalf("Get gives %v, want %v", texts(got), texts(want))
	}
}

// wantOnly fails unless exactly this is stored under the item's key.
func (s *subject) wantOnly(want core.Item) {
	s.t.Helper()
	s.wantItems([]core.Key{want.Key}, want)
}

func (s *subject) wantAbsent(sort string) {
	s.t.Helper()
	s.wantItems([]core.Key{s.key(sort)})
}

// sorts returns the sort keys that Range gives.
func (s *subject) sorts(after string, limit, bytes int) []string {
	s.t.Helper()
	items, err := s.Range(s.ctx(), s.p, after, limit, bytes)
	if err != nil {
		s.t.Fatalf("Range(after %q): %v", after, err)
	}
	sorts := make([]string, len(items))
	for i, it := range items {
		sorts[i] = it.Sort
	}
	return sorts
}

// allSorts pages through the partition.
func (s *subject) allSorts(limit, bytes int) []string {
	s.t.Helper()
	all := []string{}
	for after := ""; ; {
		page := s.sorts(after, limit, bytes)
		if len(page) == 0 {
			return all
		}
		all = append(all, page...)
		after = page[len(page)-1]
	}
}

func (s *subject) wantSorts(got, want []string) {
	s.t.Helper()
	if !slices.Equal(got, want) {
		s.t.Fatalf("sort keys %q, want %q", got, want)
	}
}

// wantConflict fails unless err is a conflict; where it tells what is there, that has to be true. A nil present: nothing is.
func (s *subject) wantConflict(err error, key core.Key, present *core.Item) {
	s.t.Helper()
	conflict, ok := errors.AsType[*core.ConflictError](err)
	if !ok {
		s.t.Fatalf("got error %v, want a conflict", err)
	}
	if conflict.Key != key {
		s.t.Errorf("conflict at %q, want %q", conflict.Key, key)
	}
	switch {
	case conflict.Present == nil:
	case present == nil:
		s.t.Errorf("conflict tells of %s, where nothing is", text(*conflict.Present))
	case !sameItem(*present, *conflict.Present):
		s.t.Errorf("conflict tells of %s, want %s", text(*conflict.Present), text(*present))
	}
}

func bySort(a, b core.Item) int { return strings.Compare(a.Sort, b.Sort) }

// sameItem compares items as the contract has them: times to the millisecond, no body as an empty one.
func sameItem(a, b core.Item) bool {
	return a.Key == b.Key && a.Version == b.Version && a.Expires.IsZero() == b.Expires.IsZero() &&
		a.Expires.UnixMilli() == b.Expires.UnixMilli() && bytes.Equal(a.Body, b.Body)
}

// text is an item for a failure's words, with the beginning of its body.
func text(it core.Item) string {
	return fmt.Sprintf("{%q %q version %d expires %v: %d bytes %.40q}", it.Partition, it.Sort, it.Version, it.Expires, len(it.Body), it.Body)
}

func texts(items []core.Item) []string {
	list := make([]string, len(items))
	for i, it := range items {
		list[i] = text(it)
	}
	return list
}
