package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"

	"github.com/patchbay-go/patchbay/adapters/pubsub"
	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/stores/firestore"
	"github.com/patchbay-go/patchbay/stores/memory"
)

// openStore opens what PATCHBAY_STORE names and finds out whether it can be used, before anybody is let in. The project is Firestore's.
func openStore(ctx context.Context, getenv func(string) string) (store core.Store, project string, err error) {
	location := getenv("PATCHBAY_STORE")
	if location == "memory:" {
		return memory.New(nil), "", nil
	}
	project, database, err := parse(location, "firestore")
	if err != nil {
		return nil, "", fmt.Errorf("PATCHBAY_STORE %w", err)
	}
	opts := &firestore.Options{Database: database, Emulator: getenv("FIRESTORE_EMULATOR_HOST")}
	s, err := firestore.Open(context.WithoutCancel(ctx), project, opts) // it keeps the context for as long as it asks for tokens
	if err != nil {
		return nil, "", err
	}
	if err := s.Check(ctx); err != nil {
		return nil, "", errors.Join(err, s.Close())
	}
	return s, project, nil
}

// openBus opens what PATCHBAY_BUS names; nil: nothing.
func openBus(ctx context.Context, getenv func(string) string, logger *slog.Logger) (*pubsub.Bus, error) {
	location := getenv("PATCHBAY_BUS")
	if location == "" {
		return nil, nil
	}
	project, topic, err := parse(location, "pubsub")
	if err != nil {
		return nil, fmt.Errorf("PATCHBAY_BUS %w", err)
	}
	return pubsub.OpenBus(ctx, project, topic, &pubsub.BusOptions{
		ClientOptions: pubsub.ClientOptions{Emulator: getenv("PUBSUB_EMULATOR_HOST")}, Logger: logger,
	})
}

// parse reads SCHEME://PROJECT/NAME.
func parse(location, scheme string) (project, name string, err error) {
	u, err := url.Parse(location)
	if err == nil {
		name = strings.Trim(u.Path, "/")
	}
	if err != nil || u.Scheme != scheme || u.Host == "" || name == "" || strings.Contains(name, "/") || u.RawQuery != "" {
		return "", "", fmt.Errorf("%q: write %s://PROJECT/NAME", location, scheme)
	}
	return u.Host, name, nil
}
