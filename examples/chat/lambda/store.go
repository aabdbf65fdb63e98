package main

import (
	"context"
	"fmt"
	"net/url"

	"github.com/patchbay-go/patchbay/adapters/lambda/environment"
	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/stores/dynamodb"
	"github.com/patchbay-go/patchbay/stores/memory"
)

// openStore opens the store at a location. It asks nothing of the table before the first request does, unless it is to make it.
func openStore(ctx context.Context, location string) (core.Store, error) {
	if location == "memory:" {
		return memory.New(nil), nil
	}
	u, err := url.Parse(location)
	if err != nil || u.Scheme != "dynamodb" || u.Host == "" {
		return nil, fmt.Errorf("PATCHBAY_STORE %q: write dynamodb://TABLE", location)
	}
	cfg, err := environment.Config("DYNAMODB")
	if err != nil {
		return nil, err
	}
	store := dynamodb.New(dynamodb.NewClient(cfg), u.Host, nil)
	if u.Query().Get("create") == "true" {
		if err := store.CreateTable(ctx); err != nil {
			return nil, fmt.Errorf("make the table: %w", err)
		}
	}
	return store, nil
}
