// Package dynamodb keeps core's items in one table of Amazon DynamoDB, without an index and without transactions: what goes in and out is
// core.Store's six verbs and Last. Reads are strong. Changes are conditional writes on a version that is a random number, so that
// a write whose answer was lost is known again when the SDK tries it once more.
//
// Units of reading and writing are charged as AWS bills them: core.Charge. docs/stores/dynamodb.md says how to make the table, what
// is promised, and what things cost.
package dynamodb

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/patchbay-go/patchbay/core"
)

// Options are what a Store can be told. The zero value is good.
type Options struct {
	Now func() time.Time // default time.Now
}

// A Store is a core.Store in a table of DynamoDB. It keeps bodies up to core.MaxBody bytes, and refuses larger ones with a fault,
// core.TooLarge; a LargeStore keeps those too.
type Store struct {
	client *sdk.Client
	table  string
	now    func() time.Time
	aside  Aside // nil: large bodies are refused
	retry  aws.RetryerV2
	closed atomic.Bool
}

var (
	_ core.Store  = (*Store)(nil)
	_ core.Tailer = (*Store)(nil)
)

// New returns a Store in the table with that name. It asks nothing of the server, so it costs a function nothing before it is used;
// Check finds out whether the table can be used. See NewClient for the client.
func New(client *sdk.Client, table string, opts *Options) *Store {
	s := &Store{client: client, table: table, now: time.Now, retry: retryerOf(client)}
	if opts != nil && opts.Now != nil {
		s.now = opts.Now
	}
	return s
}

// retryerOf returns the client's retryer, so that it can be watched.
func retryerOf(client *sdk.Client) aws.RetryerV2 {
	retryer := client.Options().Retryer
	if r, ok := retryer.(aws.RetryerV2); ok {
		return r
	}
	// This gives it the newer interface, and changes nothing.
	return retry.AddWithMaxAttempts(retryer, retryer.MaxAttempts()).(aws.RetryerV2) //nolint:forcetypeassert // all of that package's are
}

// patience is how long a verb may take whose caller sets no deadline. Ten attempts at a server that takes connections and does not answer
// would take a minute, for each page of a query.
const patience = 30 * time.Second

// bounded returns a context with a deadline.
func bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	if _, ok := ctx.Deadline(); ok {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, patience)
}

// begin returns the watch of a call, or why there is to be none.
func (s *Store) begin(ctx context.Context) (*attempts, error) {
	if s.closed.Load() {
		return nil, core.ErrClosed
	}
	return &attempts{RetryerV2: s.retry}, ctx.Err()
}

// Close implements core.Store. The client is its owner's.
func (s *Store) Close() error {
	s.closed.Store(true)
	return nil
}
