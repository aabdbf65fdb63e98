// Package firestore keeps core's items in Google's Firestore, native mode, one document each:
//
//	<prefix>/{partition}/items/{sort}    with escaped ids, so that they keep the order of bytes
//
// A document's conditions are those of Firestore: that there is none yet, or the time of its last update. There are no transactions and no
// queries by a field, so no index is needed. docs/stores/firestore.md says how a database is set up and what it costs.
package firestore

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	firestore "cloud.google.com/go/firestore/apiv1"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/keepalive"

	"github.com/patchbay-go/patchbay/core"
)

// Options are what a Store can be told. The zero value is good.
type Options struct {
	// Database is the id of the project's database, default "(default)".
	Database string

	// Prefix is the id of the collection that all items are below, default "patchbay". Several stores may share a database by different
	// ones. It has no slash, is not "." nor "..", and does not begin with two underscores.
	Prefix string

	// Emulator is the HOST:PORT of an emulator, to be used in place of Google's servers, without credentials and without TLS. Programs
	// take it from FIRESTORE_EMULATOR_HOST, as Google's own do.
	Emulator string

	// Client are options of the client: credentials, another endpoint, interceptors by option.WithGRPCDialOption, more connections by
	// option.WithGRPCConnectionPool.
	Client []option.ClientOption

	Now func() time.Time // default time.Now
}

// defaultConnections is how many connections there are unless Options.Client says otherwise. Google's servers take 100 calls at once on
// each, and maxListeners of them may be listeners.
const defaultConnections = 2

// A Store is a core.Store in a database of Firestore.
type Store struct {
	now       func() time.Time
	client    *firestore.Client
	database  string        // projects/P/databases/D
	root      string        // what all documents' names begin with, a slash at its end
	listeners chan struct{} // holds one for each that there is
	closed    atomic.Bool
}

var (
	_ core.Store  = (*Store)(nil)
	_ core.Sizer  = (*Store)(nil)
	_ core.Waiter = (*Store)(nil)
)

// Open returns a Store in a project's database. Without an emulator it takes Application Default Credentials, which it looks for here, and
// connects with its first use: Check says whether all is well.
func Open(ctx context.Context, project string, opts *Options) (*Store, error) {
	o := withDefaults(opts)
	if project == "" || strings.ContainsRune(project, '/') {
		return nil, fmt.Errorf("firestore: the project is %q, not the id of one of Google Cloud", project)
	}
	if strings.ContainsRune(o.Database, '/') {
		return nil, fmt.Errorf("firestore: the database is %q, not the id of one", o.Database)
	}
	if !isCollection(o.Prefix) {
		return nil, fmt.Errorf("firestore: the prefix %q cannot be the id of a collection", o.Prefix)
	}
	client, err := firestore.NewClient(ctx, o.clientOptions()...)
	if err != nil {
		return nil, fmt.Errorf("firestore: no client: %w (without an emulator this needs credentials: see "+
			"https://cloud.google.com/docs/authentication/application-default-credentials)", err)
	}
	s := &Store{now: o.Now, client: client, listeners: make(chan struct{}, maxListeners)}
	s.database = "projects/" + project + "/databases/" + o.Database
	s.root = s.database + "/documents/" + o.Prefix + "/"
	return s, nil
}

func withDefaults(opts *Options) Options {
	o := Options{}
	if opts != nil {
		o = *opts
	}
	if o.Database == "" {
		o.Database = "(default)"
	}
	if o.Prefix == "" {
		o.Prefix = "patchbay"
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

// isCollection reports whether a text can be the id of a collection.
func isCollection(id string) bool {
	reserved := id == "" || id == "." || id == ".." || strings.HasPrefix(id, "__")
	return !reserved && !strings.ContainsRune(id, '/')
}

// pingAfter is how long a connection may be silent until it is asked whether it is still there: a network may drop one without a word, and who
// listens over it would be deaf. Google's servers take offence at more frequent questions.
const pingAfter = 5 * time.Minute

func (o *Options) clientOptions() []option.ClientOption {
	all := []option.ClientOption{
		option.WithGRPCConnectionPool(defaultConnections),
		option.WithGRPCDialOption(grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: pingAfter})),
	}
	if o.Emulator != "" {
		all = append(all,
			option.WithEndpoint(o.Emulator),
			option.WithoutAuthentication(),
			option.WithGRPCDialOption(grpc.WithTransportCredentials(insecure.NewCredentials())),
			option.WithGRPCDialOption(grpc.WithPerRPCCredentials(owner{})))
	}
	return append(all, o.Client...)
}

// owner are the credentials that an emulator takes for those of an administrator, whom no security rules bind.
type owner struct{}

// GetRequestMetadata implements credentials.PerRPCCredentials.
func (owner) GetRequestMetadata(context.Context, ...string) (map[string]string, error) {
	return map[string]string{"authorization": "Bearer owner"}, nil
}

// RequireTransportSecurity implements credentials.PerRPCCredentials.
func (owner) RequireTransportSecurity() bool { return false }

// Close implements core.Store.
func (s *Store) Close() error {
	if s.closed.Swap(true) {
		return nil
	}
	return s.client.Close()
}

// ready returns the error of a verb that must not begin.
func (s *Store) ready(ctx context.Context) error {
	if s.closed.Load() {
		return core.ErrClosed
	}
	return ctx.Err()
}

// failed returns the error of a verb that Firestore has answered with err.
func (s *Store) failed(ctx context.Context, doing string, key core.Key, err error) error {
	switch {
	case err == nil:
		return nil
	case s.closed.Load():
		err = core.ErrClosed
	case ctx.Err() != nil && !errors.Is(err, ctx.Err()):
		err = fmt.Errorf("%w: %w", ctx.Err(), err)
	}
	return fmt.Errorf("firestore: %s %q %q: %w", doing, key.Partition, key.Sort, err)
}

// MaxBody implements core.Sizer. A document has 1 MiB, which its name of up to 3 KB and its other fields are part of.
func (s *Store) MaxBody() int { return 1_000_000 }
