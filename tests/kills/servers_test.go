//go:build peers

package kills

import (
	"testing"

	"github.com/patchbay-go/patchbay/tests/faults"
	"github.com/patchbay-go/patchbay/tests/servers"
)

// TestServerDies: a store's server is killed in the middle of messaging, and started again on what it has kept.
func TestServerDies(t *testing.T) {
	for _, c := range []struct {
		kind    kind
		program servers.Program
	}{
		{postgres, servers.PostgreSQL(true)},
		{dynamodb, servers.DynamoDBLocal(servers.OnDisk)},
	} {
		t.Run(string(c.kind), func(t *testing.T) {
			server := servers.Run(t, c.program)
			o := newTrial(t, c.kind, server.Address)
			crew := o.crew()
			o.follow(crew[0])
			quiet, end := o.shift(crew, o.note)
			defer end()
			o.goesOn("at the beginning")
			for range *rounds {
				wait(t.Context(), work)
				o.outage(server)
				o.goesOn("after the server was killed")
			}
			quiet()
			o.settles()
		})
	}
}

// TestConnectionsDie: Firestore's emulator has what it keeps in memory alone, so instead of it all connections die.
func TestConnectionsDie(t *testing.T) {
	proxy, err := faults.NewProxy(t.Context(), servers.Run(t, servers.Firestore()).Address, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(proxy.Close)
	o := newTrial(t, firestore, proxy.Address())
	crew := o.crew()
	o.follow(crew[0])
	quiet, end := o.shift(crew, o.note)
	defer end()
	o.goesOn("at the beginning")
	for range *rounds {
		wait(t.Context(), work)
		proxy.Cut()
		o.goesOn("after the connections were cut")
	}
	quiet()
	o.settles()
}

// TestProcessesDie: processes are killed in the middle of messaging, over a store that lives on.
func TestProcessesDie(t *testing.T) {
	for _, c := range []struct {
		kind    kind
		program servers.Program
	}{
		{postgres, servers.PostgreSQL(false)},
		{dynamodb, servers.DynamoDBLocal(servers.InMemory)},
		{firestore, servers.Firestore()},
		{memcached, servers.Memcached()},
	} {
		t.Run(string(c.kind), func(t *testing.T) { newTrial(t, c.kind, servers.Run(t, c.program).Address).processesDie() })
	}
}

// TestMemcachedDies: memcached has lost everything when it is there again, under processes that live on and remember what it had. Who
// subscribes anew, or brings back a cursor from before, gets all that is published from then on, in order; before the server dies in the middle
// of it nothing comes that is not as it was promised.
func TestMemcachedDies(t *testing.T) {
	server := servers.Run(t, servers.Memcached())
	o := &trial{t: t, kind: memcached, address: server.Address}
	crew := o.crew()
	o.follow(crew[0])
	for range *rounds {
		o.subscribe(crew[0])
		quiet, end := o.shift(crew, o.note)
		o.goesOn("after the subscriptions")
		wait(t.Context(), work)
		quiet()
		o.settles()
		end()

		_, end = o.shift(crew, o.ledger.note)
		o.goesOn("after a pause")
		o.outage(server)
		end()
		o.isRight()
	}
}
