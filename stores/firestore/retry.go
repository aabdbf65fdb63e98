package firestore

import (
	"context"
	"fmt"
	"time"

	"github.com/googleapis/gax-go/v2"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

// patience is how long a call is tried that has no deadline, as most requests have none.
const patience = 30 * time.Second

// try makes a call until it is answered, with pauses in between that grow, as Google's clients make theirs; they end with ctx. doubt: an
// answer before the last one was lost, so that the call may have taken effect more than the last answer tells. Google's client would try
// again by itself, but not tell of it.
func (s *Store) try(ctx context.Context, call func(context.Context) error) (doubt bool, err error) {
	caller := ctx
	if _, bounded := ctx.Deadline(); !bounded {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, patience)
		defer cancel()
	}
	ctx = s.addressed(ctx)
	backoff := gax.Backoff{Initial: 50 * time.Millisecond, Max: 5 * time.Second, Multiplier: 2}
	var answer error // the last one that came in time
	for {
		err := call(ctx)
		again, lost := whatOf(err)
		if !again || s.closed.Load() {
			return doubt, err
		}
		doubt = doubt || lost
		if answer == nil || ctx.Err() == nil {
			answer = err
		}
		if gax.Sleep(ctx, backoff.Pause()) != nil {
			return doubt, givenUp(caller, answer)
		}
	}
}

// givenUp returns the error of a call that there is no time to try again. Where it is the caller's time that is over it is his context's
// too; else the server is what is wrong, and it must not look as if it were.
func givenUp(caller context.Context, last error) error {
	if ended := caller.Err(); ended != nil {
		return fmt.Errorf("%w: the last answer was: %w", ended, last)
	}
	return fmt.Errorf("tried for %v: the last answer was: %w", patience, last)
}

// whatOf tells whether a call with that outcome is to be tried again, and whether it may have taken effect all the same.
func whatOf(err error) (again, lost bool) {
	switch status.Code(err) {
	case codes.ResourceExhausted, codes.Aborted: // too much at once, or at one document: nothing was written
		return true, false
	case codes.Unavailable, codes.Internal, codes.DeadlineExceeded, codes.Canceled: // the last two by the server: ctx has not ended
		return true, true
	}
	return false, false
}

// noRetry are the options of a call that try makes.
func noRetry() gax.CallOption { return gax.WithRetry(func() gax.Retryer { return nil }) }

// addressed returns a context whose calls name the database in a header too, by which Google's servers route those that do not name it
// before they are under way.
func (s *Store) addressed(ctx context.Context) context.Context {
	return metadata.AppendToOutgoingContext(ctx, "google-cloud-resource-prefix", s.database)
}
