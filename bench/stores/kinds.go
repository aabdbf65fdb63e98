package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/stores/firestore"
	"github.com/patchbay-go/patchbay/stores/memory"
	"github.com/patchbay-go/patchbay/tests/servers"
)

// A kind is a store that can be measured.
type kind struct {
	name  string // on the command line
	title string // in documents
	units string // what its driver charges; empty: nothing

	server func() servers.Program // nil: it runs in this process
	// open opens the store on its server, empty as that is, with what it keeps in folder.
	open func(ctx context.Context, address, folder string) (core.Store, error)

	allows map[string]allowance // by operation: units beyond what is promised
}

// An allowance is how many units of its own an operation may cost on one kind of store, and why.
type allowance struct {
	units
	why string
}

// kinds are all that can be measured, in the order of tables.
var kinds = []*kind{
	{
		name: "memory", title: "memory",
		open: func(context.Context, string, string) (core.Store, error) { return memory.New(nil), nil },
	},
	{
		name: "firestore", title: "Firestore", units: "documents",
		server: servers.Firestore,
		open: func(ctx context.Context, address, _ string) (core.Store, error) {
			return firestore.Open(ctx, "patchbay", &firestore.Options{Emulator: address})
		},
		allows: map[string]allowance{opDeliverTen: {units{Reads: 1 + ten, Writes: 1}, "each message is a document"}},
	},
}

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
