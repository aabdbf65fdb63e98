//go:build peers

package memcache

import (
	"errors"
	"sync"
	"testing"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/tests/servers"
)

// A testLog is a log as core sees it.
type testLog struct {
	t     *testing.T
	store *Store
}

const testPartition = "realm1/t/news/0"

// append tries a number for an entry, and reports whether it was free.
func (l testLog) append(number uint64) bool {
	l.t.Helper()
	_, err := l.store.Create(l.t.Context(), core.Item{Key: core.Key{Partition: testPartition, Sort: sortOf("", number)}, Body: []byte("x")})
	if _, ok := errors.AsType[*core.ConflictError](err); err != nil && !ok {
		l.t.Fatal(err)
	}
	return err == nil
}

// end is the number of the last entry.
func (l testLog) end() uint64 {
	l.t.Helper()
	last, err := l.store.Last(l.t.Context(), testPartition)
	if err != nil {
		l.t.Fatal(err)
	}
	_, number, _ := numbered(last.Sort)
	return number
}

// TestBegin: what a process remembers of a log that is lost is below all that the log has from then on.
func TestBegin(t *testing.T) {
	server := servers.Run(t, servers.Memcached())
	log := testLog{t, New(server.Address, nil)}
	defer func() { _ = log.store.Close() }()
	if log.append(1) {
		t.Fatal("a log begins with number 1, as another may have done before")
	}
	before := log.end() + 1
	if !log.append(before) {
		t.Fatalf("number %d is not free", before)
	}
	server.Kill()
	if err := server.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	if log.append(before + 1) {
		t.Error("a log that is lost goes on where it was")
	}
	if after := log.end(); after <= before {
		t.Errorf("the log begins anew behind %d, want that above %d", after, before)
	}
}

// TestLostRun: a log whose run was removed to make room goes on where it is.
func TestLostRun(t *testing.T) {
	log := testLog{t, New(servers.Run(t, servers.Memcached()).Address, nil)}
	defer func() { _ = log.store.Close() }()
	log.append(1)
	number := log.end() + 1
	log.append(number)
	if err := log.store.client.lib.Delete(log.store.names.run(testPartition, "")); err != nil {
		t.Fatal(err)
	}
	if !log.append(number + 1) {
		t.Errorf("number %d is not free", number+1)
	}
	if end := log.end(); end != number+1 {
		t.Errorf("the log ends at %d, want %d", end, number+1)
	}
}

// TestBeginAtOnce: of many processes that find a log lost, one begins it, and what one of them was about to write below that is taken back.
func TestBeginAtOnce(t *testing.T) {
	log := testLog{t, New(servers.Run(t, servers.Memcached()).Address, nil)}
	defer func() { _ = log.store.Close() }()
	key := core.Key{Partition: testPartition, Sort: sortOf("", 1000)}
	late, err := log.store.look(t.Context(), key) // before anybody has begun
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for range 10 {
		group.Go(func() { log.append(1) })
	}
	group.Wait()
	r, err := log.store.loadRun(t.Context(), testPartition, "")
	if err != nil || len(r.spans) != 1 || r.spans[0].first != r.spans[0].last {
		t.Errorf("the log has begun at %v, %v; want one place", r.spans, err)
	}
	if err := log.store.begin(t.Context(), late.run); err != nil {
		t.Error(err)
	}
	if _, err := log.store.add(t.Context(), late, core.Item{Key: key}); !isConflict(err) {
		t.Errorf("an entry below the beginning: %v, want a conflict", err)
	}
	if items, err := log.store.Get(t.Context(), key); err != nil || len(items) != 0 {
		t.Errorf("it stands there: %v, %v", items, err)
	}
	if again, err := log.store.loadRun(t.Context(), testPartition, ""); err != nil || len(again.spans) != 1 || again.spans[0] != r.spans[0] {
		t.Errorf("the log's numbers are %v now, %v; want %v as before", again.spans, err, r.spans)
	}
}

func isConflict(err error) bool {
	_, ok := errors.AsType[*core.ConflictError](err)
	return ok
}
