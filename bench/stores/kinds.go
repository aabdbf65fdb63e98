package main

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/stores/dynamodb"
	"github.com/patchbay-go/patchbay/stores/dynamodb/environment"
	"github.com/patchbay-go/patchbay/stores/firestore"
	"github.com/patchbay-go/patchbay/stores/memcache"
	"github.com/patchbay-go/patchbay/stores/memory"
	"github.com/patchbay-go/patchbay/stores/sql/postgres"
	"github.com/patchbay-go/patchbay/stores/sql/sqlite"
	"github.com/patchbay-go/patchbay/tests/servers"
)

// A kind is a store that can be measured.
type kind struct {
	name  string // on the command line
	title string // in documents
	units string // what its driver charges; empty: nothing

	program func() servers.Program // nil: it runs in this process
	// open opens the store, with what it keeps in folder where it runs in this process.
	open func(ctx context.Context, server *servers.Server, folder string) (core.Store, error)

	allows map[string]allowance // by operation: units beyond what is promised

	// slow: its server takes the longer for a query the more there is in it. So no more than fewPolling of the subscribers poll for one
	// message, unless the flag --patient is there, and few at once.
	slow bool
}

const fewPolling = 200

// An allowance is how many units of its own an operation may cost on one kind of store, and why.
type allowance struct {
	units
	why string
}

// kinds are all that can be measured, in the order of tables.
var kinds = []*kind{
	{name: "memory", title: "memory", open: openMemory},
	{name: "sqlite", title: "SQLite", units: "statements", open: openSQLite},
	{
		name: "postgres", title: "PostgreSQL", units: "statements",
		program: func() servers.Program { return servers.PostgreSQL(true) }, open: openPostgres,
		allows: map[string]allowance{opPublish: {units{Writes: 2}, "a NOTIFY follows the INSERT"}},
	},
	{
		name: "dynamodb", title: "DynamoDB Local", units: "request units",
		program: func() servers.Program { return servers.DynamoDBLocal(servers.InMemory) }, open: openDynamoDB,
	},
	{name: "dynalite", title: "dynalite", units: "request units", program: servers.Dynalite, open: openDynamoDB},
	{
		name: "firestore", title: "Firestore's emulator", units: "documents", program: servers.Firestore, open: openFirestore,
		allows: map[string]allowance{opDeliverTen: {units{Reads: 1 + ten, Writes: 1}, "each message is a document"}},
		slow:   true, // for every query the emulator goes through all documents that there are
	},
	{
		name: "memcached", title: "memcached", units: "commands",
		program: func() servers.Program { return servers.Memcached() }, open: openMemcached,
		allows: map[string]allowance{
			opPublish:    {units{Reads: 1, Writes: 2}, "the item that names the end of the log is read, and raised"},
			opDeliver:    {units{Reads: 4, Writes: 1}, readsOfMemcached},
			opDeliverTen: {units{Reads: 4, Writes: 1}, readsOfMemcached},
			opBoth:       {units{Reads: 4, Writes: 1}, readsOfMemcached},
			opConfirm:    {units{Reads: 3, Writes: 1}, "a replacement is read first"},
		},
	},
}

const readsOfMemcached = "the end of the log is read before the log, and a replacement is read first"

func openMemory(context.Context, *servers.Server, string) (core.Store, error) {
	return memory.New(nil), nil
}

func openSQLite(ctx context.Context, _ *servers.Server, folder string) (core.Store, error) {
	return sqlite.Open(ctx, filepath.Join(folder, "patchbay.db"), nil)
}

func openPostgres(ctx context.Context, server *servers.Server, _ string) (core.Store, error) {
	return postgres.Open(ctx, servers.PostgresURL(server), nil)
}

func openDynamoDB(ctx context.Context, server *servers.Server, _ string) (core.Store, error) {
	cfg, err := environment.Config(ctx, environment.Settings{Endpoint: "http://" + server.Address})
	if err != nil {
		return nil, err
	}
	store := dynamodb.New(dynamodb.NewClient(cfg), "patchbay", nil)
	return store, store.CreateTable(ctx)
}

func openFirestore(ctx context.Context, server *servers.Server, _ string) (core.Store, error) {
	return firestore.Open(ctx, "patchbay", &firestore.Options{Emulator: server.Address})
}

func openMemcached(_ context.Context, server *servers.Server, _ string) (core.Store, error) {
	return memcache.New(server.Address, nil), nil
}

// usualKinds are measured unless other ones are named: dynalite charges what DynamoDB Local does.
const usualKinds = "memory,sqlite,postgres,dynamodb,firestore,memcached"

// chosen returns the kinds with these names, separated by commas; "all" for all of them.
func chosen(names string) ([]*kind, error) {
	if names == "all" {
		return kinds, nil
	}
	var list []*kind
	for name := range strings.SplitSeq(names, ",") {
		i := slices.IndexFunc(kinds, func(k *kind) bool { return k.name == name })
		if i < 0 {
			return nil, fmt.Errorf("no store named %q: there are %s", name, strings.Join(kindNames(), ", "))
		}
		list = append(list, kinds[i])
	}
	return list, nil
}

func kindNames() []string {
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = k.name
	}
	return names
}

func kindOf(name string) *kind {
	if i := slices.Index(kindNames(), name); i >= 0 {
		return kinds[i]
	}
	return nil
}
