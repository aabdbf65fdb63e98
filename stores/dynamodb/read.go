package dynamodb

import (
	"context"
	"errors"
	"fmt"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/patchbay-go/patchbay/core"
)

// Get implements core.Store.
func (s *Store) Get(ctx context.Context, keys ...core.Key) ([]core.Item, error) {
	ctx, cancel := bounded(ctx)
	defer cancel()
	found, err := s.find(ctx, keys)
	if err != nil {
		return nil, err
	}
	return s.items(ctx, found)
}

// find returns the records with these keys, those that have expired included.
func (s *Store) find(ctx context.Context, keys []core.Key) ([]attributes, error) {
	if len(keys) == 1 {
		present, err := s.load(ctx, keys[0])
		if err != nil || present == nil {
			return nil, err
		}
		return []attributes{present}, nil
	}
	if _, err := s.begin(ctx); err != nil {
		return nil, err
	}
	var found []attributes
	for batch := range batches(keys) {
		part, err := s.loadBatch(ctx, batch)
		if err != nil {
			return nil, err
		}
		found = append(found, part...)
	}
	return found, nil
}

// load returns what stands under a key, or nil.
func (s *Store) load(ctx context.Context, key core.Key) (attributes, error) {
	a, err := s.begin(ctx)
	if err != nil {
		return nil, err
	}
	out, err := s.client.GetItem(ctx, &sdk.GetItemInput{
		TableName: &s.table, Key: keyAttributes(key), ConsistentRead: new(true),
		ReturnConsumedCapacity: types.ReturnConsumedCapacityTotal,
	}, a.watch)
	if err != nil {
		return nil, a.explain(s.table, err)
	}
	chargeRead(ctx, out.ConsumedCapacity, 1)
	return out.Item, nil
}

// batchSize is how many keys a BatchGetItem takes.
const batchSize = 100

// batches yields keys for DynamoDB, in pieces, each key once.
func batches(keys []core.Key) func(yield func([]attributes) bool) {
	return func(yield func([]attributes) bool) {
		seen := make(map[core.Key]bool, len(keys))
		batch := make([]attributes, 0, min(len(keys), batchSize))
		for _, key := range keys {
			if seen[key] {
				continue // DynamoDB refuses a batch that has a key twice
			}
			seen[key] = true
			batch = append(batch, keyAttributes(key))
			if len(batch) == batchSize {
				if !yield(batch) {
					return
				}
				batch = batch[:0]
			}
		}
		if len(batch) > 0 {
			yield(batch)
		}
	}
}

// loadBatch returns what stands under up to batchSize keys. What the server leaves for later, as it does beyond 16 MB or when it is
// throttled, is asked for again, with the SDK's pauses where nothing came at all.
func (s *Store) loadBatch(ctx context.Context, keys []attributes) (found []attributes, err error) {
	for tries := 1; ; tries++ {
		part, left, err := s.loadSome(ctx, keys)
		if err != nil {
			return nil, err
		}
		found = append(found, part...)
		if len(left) == 0 {
			return found, nil
		}
		if len(left) < len(keys) {
			tries = 0
		} else if err := s.pause(ctx, tries); err != nil {
			return nil, err
		}
		keys = left
	}
}

// loadSome returns what it gets of these keys at once, and those that are left.
func (s *Store) loadSome(ctx context.Context, keys []attributes) (found, left []attributes, err error) {
	a, err := s.begin(ctx)
	if err != nil {
		return nil, nil, err
	}
	out, err := s.client.BatchGetItem(ctx, &sdk.BatchGetItemInput{
		RequestItems:           map[string]types.KeysAndAttributes{s.table: {Keys: keys, ConsistentRead: new(true)}},
		ReturnConsumedCapacity: types.ReturnConsumedCapacityTotal,
	}, a.watch)
	if err != nil {
		return nil, nil, a.explain(s.table, err)
	}
	left = out.UnprocessedKeys[s.table].Keys
	var told *types.ConsumedCapacity
	if len(out.ConsumedCapacity) > 0 {
		told = &out.ConsumedCapacity[0] // there is one table
	}
	found = out.Responses[s.table]
	chargeRead(ctx, told, unitsOf(found)+len(keys)-len(left)-len(found))
	return found, left, nil
}

// errLeft is what a batch of which nothing was read is for the SDK, which does not take it for an error.
var errLeft error = &types.ProvisionedThroughputExceededException{Message: new("no key of a batch was read")}

// pause waits before a batch is tried again, as the SDK would after so many tries, and gives up when it would.
func (s *Store) pause(ctx context.Context, tries int) error {
	throttled := fmt.Errorf("table %q is throttled, and was so for as long as there was time to try again: %w", s.table, errLeft)
	if most := s.retry.MaxAttempts(); most > 0 && tries >= most {
		return throttled
	}
	delay, err := s.retry.RetryDelay(tries, errLeft)
	if err != nil {
		return errors.Join(throttled, err)
	}
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("%w: %w", throttled, ctx.Err())
	}
}
