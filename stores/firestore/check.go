package firestore

import (
	"context"
	"errors"
	"fmt"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/patchbay-go/patchbay/core"
)

// guide is where it stands how a database is set up.
const guide = "docs/stores/firestore.md"

// checkTimeout is how long Check tries to reach the server.
const checkTimeout = 10 * time.Second

// Check finds out whether items can be read and written, and says in plain words what is wrong and what to do: for the start of a server,
// and for whoever has just set up a database. It reads once and writes nothing: it asks for a write on a condition that never holds.
func (s *Store) Check(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	key := core.Key{Partition: "check", Sort: "check"}
	if _, err := s.Get(ctx, key); err != nil {
		return s.advise(err)
	}
	_, err := s.Replace(ctx, core.Item{Key: key, Version: versionOf(time.UnixMicro(1), time.Time{})})
	if _, asWanted := errors.AsType[*core.ConflictError](err); asWanted {
		return nil
	}
	return s.advise(err)
}

// advise says what to do about an error.
func (s *Store) advise(err error) error {
	advice := "the database cannot be used"
	switch status.Code(err) {
	case codes.NotFound:
		advice = "there is no such database: make it with gcloud firestore databases create"
	case codes.PermissionDenied:
		advice = "access is denied: enable the API firestore.googleapis.com in the project, and give this program's account the role roles/datastore.user there"
	case codes.Unauthenticated:
		advice = "the credentials are refused: run gcloud auth application-default login, or give the service an account of its own"
	case codes.FailedPrecondition:
		advice = "the database is not in native mode: make another one with gcloud firestore databases create --type=firestore-native"
	case codes.Unavailable, codes.DeadlineExceeded:
		advice = "the server cannot be reached"
	}
	return fmt.Errorf("firestore: %s: %s (see %s): %w", s.database, advice, guide, err)
}
