//go:build peers

package memcache

import (
	"errors"
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
