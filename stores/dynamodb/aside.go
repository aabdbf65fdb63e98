package dynamodb

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/patchbay-go/patchbay/core"
)

// An Aside keeps bodies that are too large for an item. It may be used by any number of goroutines. Package s3aside is one.
type Aside interface {
	// Put keeps a body under a name that was never used, until that time at least. It fails where it cannot keep it for so long; zero
	// is for ever.
	Put(ctx context.Context, name string, body []byte, until time.Time) error

	// Get returns the body with that name, for the caller to keep.
	Get(ctx context.Context, name string) ([]byte, error)

	// MaxBody is how many bytes a body may have.
	MaxBody() int

	// Check says what is wrong with it, and what to do.
	Check(ctx context.Context) error
}

// A LargeStore is a Store that keeps bodies above core.MaxBody aside, so it is a core.Sizer. The body is there before the item that
// names it, under a name of its own. Where the item is not written after all, or later goes, nobody removes the body but the Aside,
// when its time has come.
type LargeStore struct{ *Store }

var _ core.Sizer = (*LargeStore)(nil)

// NewLarge returns a Store for bodies of any size that the Aside takes.
func NewLarge(client *sdk.Client, table string, aside Aside, opts *Options) *LargeStore {
	s := New(client, table, opts)
	s.aside = aside
	return &LargeStore{Store: s}
}

// MaxBody implements core.Sizer.
func (s *LargeStore) MaxBody() int { return max(core.MaxBody, s.aside.MaxBody()) }

// record returns an item as it is to be stored, after its body was put aside where it must be.
func (s *Store) record(ctx context.Context, it core.Item) (record, error) {
	r := record{Item: it, size: len(it.Body)}
	if r.size <= core.MaxBody {
		return r, nil
	}
	if s.aside == nil || r.size > s.aside.MaxBody() {
		return record{}, s.tooLarge(&it)
	}
	r.aside = rand.Text()
	if err := s.aside.Put(ctx, r.aside, it.Body, it.Expires); err != nil {
		return record{}, fmt.Errorf("keep the body of %q %q aside: %w", it.Partition, it.Sort, err)
	}
	return r, nil
}

func (s *Store) tooLarge(it *core.Item) error {
	most := core.MaxBody
	if s.aside != nil {
		most = max(most, s.aside.MaxBody())
	}
	return core.TooLarge.Errorf("The item has %d bytes; the store keeps at most %d.", len(it.Body), most)
}

var errNoAside = errors.New("its body is kept aside, and this store was not told where")

// atOnce is how many bodies are fetched at the same time.
const atOnce = 8

// withBodies returns records as items, after the bodies that are kept aside were fetched.
func (s *Store) withBodies(ctx context.Context, found []record) ([]core.Item, error) {
	items := make([]core.Item, len(found))
	failed := make([]error, len(found))
	var fetching sync.WaitGroup
	places := make(chan struct{}, atOnce)
	for i, r := range found {
		items[i] = r.Item
		if r.aside == "" {
			continue
		}
		places <- struct{}{}
		fetching.Go(func() {
			items[i].Body, failed[i] = s.fetch(ctx, &r)
			<-places
		})
	}
	fetching.Wait()
	if err := errors.Join(failed...); err != nil {
		return nil, err
	}
	return items, nil
}

// fetch returns the body of a record that is kept aside.
func (s *Store) fetch(ctx context.Context, r *record) ([]byte, error) {
	if s.aside == nil {
		return nil, fmt.Errorf("read %q %q: %w", r.Partition, r.Sort, errNoAside)
	}
	body, err := s.aside.Get(ctx, r.aside)
	if err != nil {
		return nil, fmt.Errorf("read %q %q: %w", r.Partition, r.Sort, err)
	}
	return body, nil
}
