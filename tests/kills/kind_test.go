package kills

import (
	"context"
	"fmt"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/tests/drivers"
)

// A kind is a store that both a test and the processes that it starts can open.
type kind string

const (
	sqlite    kind = "SQLite"
	postgres  kind = "PostgreSQL"
	dynamodb  kind = "DynamoDB"
	firestore kind = "Firestore"
	memcached kind = "memcached"
)

// open opens a store at an address, or a path.
func (k kind) open(ctx context.Context, address string) (core.Store, error) {
	switch k {
	case sqlite:
		return drivers.SQLite(ctx, address, drivers.Options{})
	case postgres:
		return drivers.Postgres(ctx, address, drivers.Options{})
	case firestore:
		return drivers.Firestore(ctx, address, drivers.Options{})
	case memcached:
		return drivers.Memcached(address, drivers.Options{}), nil
	case dynamodb:
		d, err := drivers.NewDynamoDB(ctx, address)
		if err != nil {
			return nil, err
		}
		return d.Open(drivers.Options{}), nil
	}
	return nil, fmt.Errorf("no kind of store is called %q", k)
}
