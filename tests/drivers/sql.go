package drivers

import (
	"context"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/stores/sql/postgres"
	"github.com/patchbay-go/patchbay/stores/sql/sqlite"
)

// Postgres opens a store in the database postgres of a PostgreSQL, as servers.PostgreSQL runs it, with few connections.
func Postgres(ctx context.Context, address string, o Options) (core.Store, error) {
	url := "postgres://postgres@" + address + "/postgres?sslmode=disable&pool_max_conns=4"
	opts := &postgres.Options{Now: o.Now, Table: o.Name}
	if o.Unwaited {
		opts.Waited = func(string) bool { return false }
	}
	return opened(postgres.Open(ctx, url, opts))
}

// SQLite opens a store in a file.
func SQLite(ctx context.Context, path string, o Options) (core.Store, error) {
	return opened(sqlite.Open(ctx, path, &sqlite.Options{Now: o.Now, Table: o.Name}))
}

// opened makes no store of a driver's nil.
func opened[S core.Store](s S, err error) (core.Store, error) {
	if err != nil {
		return nil, err
	}
	return s, nil
}
