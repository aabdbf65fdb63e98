package backend

import (
	"context"
	"log/slog"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/stores/sql/postgres"
)

const postgresForm = "postgres://USER:PASSWORD@HOST:PORT/DATABASE, with libpq's parameters"

func openPostgres(ctx context.Context, location string) (core.Store, error) {
	if _, err := parseServer(location, postgresForm); err != nil {
		return nil, err
	}
	s, err := postgres.Open(ctx, location, nil)
	return checked(ctx, s, err)
}

func openPostgresBus(ctx context.Context, location string, logger *slog.Logger) (Bus, error) {
	if _, err := parseServer(location, postgresForm); err != nil {
		return nil, err
	}
	bus, err := postgres.OpenBus(ctx, location, &postgres.BusOptions{Logger: logger})
	if err != nil {
		return nil, err // a nil *postgres.Bus would be no nil Bus
	}
	return bus, nil
}
