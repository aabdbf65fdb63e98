package backend

import (
	"context"
	"os"
	"strings"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/stores/firestore"
)

const firestoreForm = "firestore://PROJECT/DATABASE, the first database is (default)"

func openFirestore(ctx context.Context, location string) (core.Store, error) {
	u, err := parse(location, firestoreForm, "endpoint", "prefix")
	if err != nil {
		return nil, err
	}
	database := strings.Trim(u.Path, "/")
	if strings.Contains(database, "/") {
		return nil, wrong(location, "write %s", firestoreForm)
	}
	emulator := u.Query().Get("endpoint")
	if emulator == "" {
		emulator = os.Getenv("FIRESTORE_EMULATOR_HOST")
	}
	// The client keeps the context for as long as it asks for tokens.
	s, err := firestore.Open(context.WithoutCancel(ctx), u.Host, &firestore.Options{Database: database, Prefix: u.Query().Get("prefix"), Emulator: emulator})
	return checked(ctx, s, err)
}
