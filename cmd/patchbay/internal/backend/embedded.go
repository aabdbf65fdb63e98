package backend

import (
	"context"
	"log/slog"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/stores/memory"
	"github.com/patchbay-go/patchbay/stores/sql/sqlite"
)

// openMemory opens memory:, or memory:FILE.
func openMemory(location string, logger *slog.Logger) (core.Store, error) {
	if location == "memory:" {
		return memory.New(nil), nil
	}
	path, err := file(location, "memory:FILE")
	if err != nil {
		return nil, err
	}
	s, err := memory.Open(path, &memory.Options{Logger: logger})
	if err != nil {
		return nil, err // a nil *memory.Store would be no nil Store
	}
	return s, nil
}

func openSQLite(ctx context.Context, location string) (core.Store, error) {
	path, err := file(location, "sqlite:FILE")
	if err != nil {
		return nil, err
	}
	s, err := sqlite.Open(ctx, path, nil)
	return checked(ctx, s, err)
}
