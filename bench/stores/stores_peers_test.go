//go:build peers

package main

import (
	"testing"

	"github.com/patchbay-go/patchbay/tests/servers"
)

func TestUnitsOnDynamoDB(t *testing.T) { testUnits(t, "dynamodb") }

func TestUnitsOnFirestore(t *testing.T) { testUnits(t, "firestore") }

// testUnits fails where an operation is charged more than is promised, with one subscriber or with a hundred, and where the driver charges
// nothing.
func testUnits(t *testing.T, name string) {
	t.Helper()
	k := kindOf(name)
	store, err := k.open(t.Context(), servers.Run(t, k.program()), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	var r report
	s := &settings{subscribers: []int{1, 100}, samples: 5, quiet: true}
	if err := measureStore(t.Context(), k, store, s, &r); err != nil {
		t.Fatal(err)
	}
	for _, miss := range misses(k, &r) {
		t.Error(miss)
	}
	for _, f := range r.Figures {
		if f.Operation != opCall && f.Usual == (units{}) {
			t.Errorf("%s with %d subscribers is charged nothing", f.Operation, f.Subscribers)
		}
	}
}
