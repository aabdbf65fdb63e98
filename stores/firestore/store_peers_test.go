//go:build peers

package firestore_test

import (
	"testing"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/stores/firestore"
	"github.com/patchbay-go/patchbay/stores/storetest"
	"github.com/patchbay-go/patchbay/tests/servers"
)

func emulated(t *testing.T) storetest.Open {
	t.Helper()
	server := servers.Run(t, servers.Firestore())
	return func(t *testing.T) core.Store {
		t.Helper()
		s, err := firestore.Open(t.Context(), "patchbay", &firestore.Options{Emulator: server.Address})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
}

func TestStore(t *testing.T) { storetest.Run(t, emulated(t)) }

func TestSessions(t *testing.T) { storetest.Sessions(t, emulated(t)) }

func TestMessaging(t *testing.T) { storetest.MessagingUnder(t, emulated(t), storetest.Network) }
