//go:build peers

package delivery

import (
	"context"
	"testing"
	"time"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/tests/drivers"
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
