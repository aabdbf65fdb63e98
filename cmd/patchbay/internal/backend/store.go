package backend

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"time"

	"github.com/patchbay-go/patchbay/core"
)

// storeForms is how stores are written, for people.
const storeForms = "memory:, memory:FILE, sqlite:FILE, postgres://USER:PASSWORD@HOST/DATABASE, dynamodb://TABLE?region=REGION, " +
	"firestore://PROJECT/DATABASE, memcache://HOST:PORT"

// patience is how long a server may take to answer when it is asked first. One that has just begun to run, and makes a table, takes some
// seconds.
const patience = 30 * time.Second

// OpenStore opens the store at a location and finds out whether it can be used. The error is a *LocationError, or says what to do before
// the next start.
func OpenStore(ctx context.Context, location string, logger *slog.Logger) (core.Store, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	switch scheme(location) {
	case "memory":
		return openMemory(location, logger)
	case "sqlite":
		return openSQLite(ctx, location)
	case "postgres", "postgresql":
		return openPostgres(ctx, location)
	case "dynamodb":
		return openDynamoDB(ctx, location)
	case "firestore":
		return openFirestore(ctx, location)
	case "memcache":
		return openMemcache(ctx, location)
	}
	return nil, wrong(location, "no such store; there are %s", storeForms)
}

// Doc says in a few words what becomes of what a store keeps.
func Doc(location string) string {
	switch {
	case location == "memory:":
		return "gone when the process ends"
	case strings.HasPrefix(location, "memory:"):
		return "written to the file every few seconds and at the end"
	case strings.HasPrefix(location, "memcache:"):
		return "gone when memcached ends"
	}
	return "kept"
}

// A checker is a store that finds out whether it can be used.
type checker interface {
	core.Store
	Check(ctx context.Context) error
}

// checked returns a store that was opened, if it can be used.
func checked[S checker](ctx context.Context, s S, err error) (core.Store, error) {
	if err != nil {
		return nil, err
	}
	if err := s.Check(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// file returns the path of a location such as sqlite:PATH.
func file(location, form string) (string, error) {
	_, path, _ := strings.Cut(location, ":")
	switch {
	case path == "":
		return "", wrong(location, "it names no file; write %s", form)
	case strings.HasPrefix(path, "//") && !strings.HasPrefix(path, "///"):
		return "", wrong(location, "a path follows the colon at once; write %s", form)
	case strings.ContainsAny(path, "?#\x00"):
		return "", wrong(location, "a path has none of the characters ? and #; write %s", form)
	}
	return path, nil
}
