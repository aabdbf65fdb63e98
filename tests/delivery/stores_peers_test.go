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

// TestModelOnFirestore runs the model on Firestore's emulator. Its runs begin about now, since it is by the server's clock that a version of
// this store tells until when its item lives.
func TestModelOnFirestore(t *testing.T) {
	server := servers.Run(t, servers.Firestore())
	b := outOfMemory("TestModelOnFirestore", func(t *testing.T, w *way) core.Store {
		t.Helper()
		return must(t)(drivers.Firestore(context.Background(), server.Address, drivers.Options{Now: w.now, Faults: w.wire}))
	})
	b.wired = true
	b.begin = time.Now().Truncate(time.Hour).Add(time.Hour)
	b.test(t)
}

// TestModelOnDynamoDB runs the model on DynamoDB Local.
func TestModelOnDynamoDB(t *testing.T) {
	testDynamoDB(t, "TestModelOnDynamoDB", servers.DynamoDBLocal(servers.InMemory))
}

// TestModelOnDynalite runs the model on dynalite.
func TestModelOnDynalite(t *testing.T) { testDynamoDB(t, "TestModelOnDynalite", servers.Dynalite()) }

func testDynamoDB(t *testing.T, test string, p servers.Program) {
	t.Helper()
	d, err := drivers.NewDynamoDB(t.Context(), servers.Run(t, p).Address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	b := outOfMemory(test, func(_ *testing.T, w *way) core.Store { return d.Open(drivers.Options{Now: w.now, Faults: w.wire}) })
	b.wired = true
	b.test(t)
}

// TestModelOnPostgres runs the model on PostgreSQL, through a proxy where the seed has faults on the wire. Each seed has a table of its own,
// since what has expired by the clock of one is removed from its whole table.
func TestModelOnPostgres(t *testing.T) {
	server := servers.Run(t, servers.PostgreSQL(false))
	var migrating sync.Mutex // who waits for another that does so looks once a second
	b := outOfMemory("TestModelOnPostgres", func(t *testing.T, w *way) core.Store {
		t.Helper()
		address := server.Address
		if w.wire != nil {
			proxy := through(t, address, w, faults.PostgresAnswer)
			address = proxy.Address()
		}
		migrating.Lock()
		defer migrating.Unlock()
		return must(t)(drivers.Postgres(context.Background(), address, drivers.Options{Now: w.now, Name: w.name}))
	})
	b.wired = true
	b.test(t)
}

// through puts a proxy with faults on the way to a server.
func through(t *testing.T, address string, w *way, complete faults.Complete) *faults.Proxy {
	t.Helper()
	proxy, err := faults.NewProxy(context.Background(), address, w.wire, complete)
	if err != nil {
		t.Fatal(err)
	}
	w.atEnd(proxy.Close)
	return proxy
}
