package dynamodb

import (
	"context"

	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/patchbay-go/patchbay/core"
)

// Range implements core.Store.
func (s *Store) Range(ctx context.Context, partition, after string, limit, maxBytes int) ([]core.Item, error) {
	ctx, cancel := bounded(ctx)
	defer cancel()
	q := s.query(partition, after)
	var found []record
	for size := 0; !q.ended; {
		page, err := q.next(ctx, limit-len(found))
		if err != nil {
			return nil, err
		}
		for _, r := range page {
			found = append(found, r)
			size += r.size
			if len(found) == limit || (maxBytes > 0 && size >= maxBytes) {
				return s.withBodies(ctx, found)
			}
		}
		if limit == 0 && len(found) > 0 {
			break // a page is as many as is good at once
		}
	}
	return s.withBodies(ctx, found)
}

// Last implements core.Tailer.
func (s *Store) Last(ctx context.Context, partition string) (core.Item, error) {
	ctx, cancel := bounded(ctx)
	defer cancel()
	q := s.query(partition, "")
	q.in.ScanIndexForward = new(false)
	for !q.ended {
		page, err := q.next(ctx, 1)
		if err != nil {
			return core.Item{}, err
		}
		if len(page) > 0 {
			items, err := s.withBodies(ctx, page[:1])
			if err != nil {
				return core.Item{}, err
			}
			return items[0], nil
		}
	}
	return core.Item{}, core.ErrNoItem
}

// A query goes through a partition, page by page.
type query struct {
	store *Store
	in    *sdk.QueryInput
	dead  int // how many that have expired it has passed
	ended bool
}

func (s *Store) query(partition, after string) *query {
	in := &sdk.QueryInput{
		TableName: &s.table, ConsistentRead: new(true), ReturnConsumedCapacity: types.ReturnConsumedCapacityTotal,
		KeyConditionExpression:    new("pk = :pk"),
		ExpressionAttributeValues: attributes{":pk": text(escape(partition))},
	}
	if after != "" {
		in.KeyConditionExpression = new("pk = :pk AND sk > :after")
		in.ExpressionAttributeValues[":after"] = text(escape(after))
	}
	return &query{store: s, in: in}
}

// next returns the living records of the next page; wanted is how many more are of use, and not above 0 where any number is. A page ends
// after 1 MB in any case.
func (q *query) next(ctx context.Context, wanted int) ([]record, error) {
	a, err := q.store.begin(ctx)
	if err != nil {
		return nil, err
	}
	q.in.Limit = nil
	if wanted > 0 {
		// What has expired counts for the limit. Where many have, asking for as many again comes through soon.
		q.in.Limit = new(int32(min(max(wanted, q.dead), mostOfPage)))
	}
	out, err := q.store.client.Query(ctx, q.in, a.watch)
	if err != nil {
		return nil, a.explain(q.store.table, err)
	}
	chargeRead(ctx, out.ConsumedCapacity, 1)
	q.in.ExclusiveStartKey, q.ended = out.LastEvaluatedKey, len(out.LastEvaluatedKey) == 0
	living, err := q.store.living(out.Items)
	q.dead += len(out.Items) - len(living)
	return living, err
}

// mostOfPage is more than there is room for in 1 MB.
const mostOfPage = 1 << 16

// living reads records and drops what has expired.
func (s *Store) living(found []attributes) ([]record, error) {
	now := s.now()
	living := make([]record, 0, len(found))
	for _, a := range found {
		r, err := readRecord(a)
		if err != nil {
			return nil, err
		}
		if r.lives(now) {
			living = append(living, r)
		}
	}
	return living, nil
}

// items reads the living items of what was found.
func (s *Store) items(ctx context.Context, found []attributes) ([]core.Item, error) {
	living, err := s.living(found)
	if err != nil {
		return nil, err
	}
	return s.withBodies(ctx, living)
}
