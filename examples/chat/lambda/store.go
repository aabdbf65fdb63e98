package main

import (
	"fmt"
	"net/url"

	"github.com/patchbay-go/patchbay/adapters/lambda/environment"
	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/stores/dynamodb"
	"github.com/patchbay-go/patchbay/stores/memory"
)

// openStore opens the store at a location. It asks nothing of the table before the first request does, and makes none: that is a template's.
func openStore(location string) (core.Store, error) {
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
	return dynamodb.New(dynamodb.NewClient(cfg), u.Host, nil), nil
}
