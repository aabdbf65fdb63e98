//go:build peers

package delivery

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/tests/drivers"
	"github.com/patchbay-go/patchbay/tests/faults"
	"github.com/patchbay-go/patchbay/tests/servers"
)

// onServer is a store on a server, with a wire on which things go wrong in some seeds.
func onServer(test string, start func(*testing.T) open) *backing {
	b := outOfMemory(test, start)
	b.wired = true
	return b
}

// TestModelOnDynamoDB runs the model on DynamoDB Local.
func TestModelOnDynamoDB(t *testing.T) {
	testDynamoDB(t, "TestModelOnDynamoDB", servers.DynamoDBLocal(servers.InMemory))
}

// TestModelOnDynalite runs the model on dynalite.
func TestModelOnDynalite(t *testing.T) { testDynamoDB(t, "TestModelOnDynalite", servers.Dynalite()) }

func testDynamoDB(t *testing.T, test string, p servers.Program) {
	t.Helper()
	onServer(test, func(t *testing.T) open {
		t.Helper()
		d, err := drivers.NewDynamoDB(t.Context(), servers.Run(t, p).Address)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(d.Close)
		return func(_ *testing.T, w *way) core.Store { return d.Open(drivers.Options{Now: w.now, Faults: w.wire}) }
	}).test(t)
}

// TestModelOnFirestore runs the model on Firestore's emulator. Its runs begin about now, since it is by the server's clock that a version of
// this store tells until when its item lives. The emulator is the slower the more it has been told: at two hundred seeds three times as slow as
// at fifty.
func TestModelOnFirestore(t *testing.T) {
	b := onServer("TestModelOnFirestore", func(t *testing.T) open {
		t.Helper()
		server := servers.Run(t, servers.Firestore())
		return func(t *testing.T, w *way) core.Store {
			t.Helper()
			return must(t)(drivers.Firestore(context.Background(), server.Address, drivers.Options{Now: w.now, Faults: w.wire}))
		}
	})
	b.atATime = 50
	b.begin = time.Now().Truncate(time.Hour).Add(time.Hour)
	b.test(t)
}

// TestModelOnPostgres runs the model on PostgreSQL. Each seed has a table of its own, since what has expired by the clock of one is
// removed from its whole table.
func TestModelOnPostgres(t *testing.T) {
	onServer("TestModelOnPostgres", func(t *testing.T) open {
		t.Helper()
		server := servers.Run(t, servers.PostgreSQL(false))
		var migrating sync.Mutex // who waits for another that does so looks once a second
		return func(t *testing.T, w *way) core.Store {
			t.Helper()
			address := through(t, server.Address, w, faults.PostgresAnswer)
			migrating.Lock()
			defer migrating.Unlock()
			return must(t)(drivers.Postgres(context.Background(), address, drivers.Options{Now: w.now, Name: w.name, Unwaited: true}))
		}
	}).test(t)
}

// TestModelOnMemcached runs the model on memcached, which has room for all and is never restarted: then it loses nothing either.
func TestModelOnMemcached(t *testing.T) {
	onServer("TestModelOnMemcached", func(t *testing.T) open {
		t.Helper()
		server := servers.Run(t, servers.Memcached())
		return func(t *testing.T, w *way) core.Store {
			t.Helper()
			address := through(t, server.Address, w, faults.MemcachedAnswer)
			return drivers.Memcached(address, drivers.Options{Now: w.now, Name: w.name})
		}
	}).test(t)
}

// through returns the address of a server, or of a proxy before it where the way has faults.
func through(t *testing.T, address string, w *way, complete faults.Complete) string {
	t.Helper()
	if w.wire == nil {
		return address
	}
	proxy, err := faults.NewProxy(context.Background(), address, w.wire, complete)
	if err != nil {
		t.Fatal(err)
	}
	w.atEnd(proxy.Close)
	return proxy.Address()
}

func must(t *testing.T) func(core.Store, error) core.Store {
	t.Helper()
	return func(s core.Store, err error) core.Store {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
}
