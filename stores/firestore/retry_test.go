package firestore

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// TestGivenUp: a server that is away is tried until the caller's deadline, or for a while, and only the former is the caller's time.
func TestGivenUp(t *testing.T) {
	for name, deadline := range map[string]time.Duration{"deadline": 3 * time.Second, "none": 0} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, want := t.Context(), patience
				if deadline > 0 {
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, deadline)
					defer cancel()
					want = deadline
				}
				start := time.Now()
				_, err := (&Store{}).try(ctx, func(context.Context) error { return status.Error(codes.Unavailable, "away") })
				if took := time.Since(start); took != want {
					t.Errorf("tried for %v, want %v", took, want)
				}
				if late := errors.Is(err, context.DeadlineExceeded); late != (deadline > 0) || status.Code(err) != codes.Unavailable {
					t.Errorf("got %v, of the deadline: %v; want that it is away, of the deadline: %v", err, late, deadline > 0)
				}
			})
		})
	}
}
