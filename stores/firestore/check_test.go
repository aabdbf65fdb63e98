//go:build peers

package firestore_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/stores/firestore"
)

// TestCheck: what is wrong is told in plain words, with what to do; and nothing is written.
func TestCheck(t *testing.T) {
	e := emulate(t)
	good := e.open(t, nil)
	if err := good.Check(t.Context()); err != nil {
		t.Errorf("a good database: %v", err)
	}
	if items, err := good.Get(t.Context(), core.Key{Partition: "check", Sort: "check"}); err != nil || len(items) != 0 {
		t.Errorf("there is %v, %v", items, err)
	}
	for _, c := range []struct {
		name   string
		method string
		code   codes.Code
		want   string
	}{
		{"no database", "BatchGetDocuments", codes.NotFound, "gcloud firestore databases create"},
		{"datastore mode", "BatchGetDocuments", codes.FailedPrecondition, "native mode"},
		{"refused credentials", "BatchGetDocuments", codes.Unauthenticated, "the credentials are refused"},
		{"may not read", "BatchGetDocuments", codes.PermissionDenied, "roles/datastore.user"},
		{"may not write", "Commit", codes.PermissionDenied, "roles/datastore.user"},
		{"something else", "Commit", codes.Unimplemented, "cannot be used"},
	} {
		s := e.open(t, &wire{method: c.method, faults: []fault{{code: c.code}}, always: true})
		err := s.Check(t.Context())
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "projects/patchbay/databases/(default)") {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}

// TestUnreachable: nobody listens there.
func TestUnreachable(t *testing.T) {
	s, err := firestore.Open(t.Context(), "patchbay", &firestore.Options{Emulator: "127.0.0.1:1"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	if err := s.Check(ctx); err == nil || !strings.Contains(err.Error(), "cannot be reached") || !strings.Contains(err.Error(), "refused") {
		t.Errorf("Check: %v", err)
	}
}
