package firestore

import (
	"context"
	"errors"
	"fmt"
	"io"

	pb "cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/patchbay-go/patchbay/core"
)

// Get implements core.Store.
func (s *Store) Get(ctx context.Context, keys ...core.Key) ([]core.Item, error) {
	if err := s.ready(ctx); err != nil || len(keys) == 0 {
		return nil, err
	}
	found, err := s.get(ctx, keys...)
	if err != nil {
		return nil, s.failed(ctx, "get", keys[0], err)
	}
	list := make([]core.Item, 0, len(found))
	for _, f := range found {
		if s.lives(f.Item) {
			list = append(list, f.Item)
		}
	}
	return list, nil
}

// get returns what stands under keys, expired items included. Each key is charged as a read, whether there is something or not.
func (s *Store) get(ctx context.Context, keys ...core.Key) (found []stored, err error) {
	request := &pb.BatchGetDocumentsRequest{Database: s.database, Documents: make([]string, len(keys))}
	for i, key := range keys {
		request.Documents[i] = s.name(key)
	}
	_, err = s.try(ctx, func(ctx context.Context) error {
		found = make([]stored, 0, len(keys))
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		answers, err := s.client.BatchGetDocuments(ctx, request, noRetry())
		for err == nil {
			var answer *pb.BatchGetDocumentsResponse
			if answer, err = answers.Recv(); err != nil {
				break
			}
			core.Charge(ctx, core.Units{Reads: 1})
			if answer.GetFound() != nil {
				var f stored
				f, err = s.read(answer.GetFound())
				found = append(found, f)
			}
		}
		return unlessEOF(err)
	})
	return found, err
}

func unlessEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// How much Range gives where its caller sets no bound, and how much it asks for at once.
const (
	pageItems = 128
	pageBytes = 4 << 20
	maxAsked  = 1000
)

// Range implements core.Store.
func (s *Store) Range(ctx context.Context, partition, after string, limit, maxBytes int) ([]core.Item, error) {
	if err := s.ready(ctx); err != nil {
		return nil, err
	}
	if limit == 0 {
		limit = pageItems
	}
	if maxBytes == 0 {
		maxBytes = pageBytes
	}
	p := page{store: s, partition: partition, after: after, limit: limit, bytes: maxBytes}
	for !p.ended {
		if _, err := s.try(ctx, p.readOn); err != nil {
			return nil, s.failed(ctx, "read from", core.Key{Partition: partition, Sort: p.after}, err)
		}
	}
	return p.items, nil
}

// A page is what Range is about to give.
type page struct {
	store            *Store
	partition, after string // it goes on behind after
	limit, bytes     int

	items []core.Item
	size  int
	ended bool
}

// readOn reads as many documents as are missing, of which some may have expired. After an error it can be called again, and goes on.
func (p *page) readOn(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx) // ends the query where the answer is full before it is over
	defer cancel()
	asked := min(p.limit-len(p.items), maxAsked)
	got := 0
	answers, err := p.store.client.RunQuery(ctx, p.rest(asked), noRetry())
	for err == nil && !p.ended {
		var answer *pb.RunQueryResponse
		if answer, err = answers.Recv(); err == nil && answer.GetDocument() != nil {
			got++
			core.Charge(ctx, core.Units{Reads: 1})
			err = p.take(answer.GetDocument())
		}
	}
	if errors.Is(err, io.EOF) {
		if got == 0 {
			core.Charge(ctx, core.Units{Reads: 1}) // finding nothing is charged too
		}
		p.ended = p.ended || got < asked
		return nil
	}
	return err
}

// rest asks for so many of the documents that follow.
func (p *page) rest(limit int) *pb.RunQueryRequest {
	query := p.store.query(p.partition, p.after)
	query.Limit = wrapperspb.Int32(int32(limit))
	return &pb.RunQueryRequest{
		Parent:    p.store.parent(p.partition),
		QueryType: &pb.RunQueryRequest_StructuredQuery{StructuredQuery: query},
	}
}

// take adds the item of a document.
func (p *page) take(d *pb.Document) error {
	found, err := p.store.read(d)
	if err != nil {
		return err
	}
	p.after = found.Sort
	if p.store.lives(found.Item) {
		p.items = append(p.items, found.Item)
		p.size += len(found.Body)
		p.ended = len(p.items) == p.limit || p.size >= p.bytes
	}
	return nil
}

// query asks for what stands in a partition behind a sort key, in the order of ids.
func (s *Store) query(partition, after string) *pb.StructuredQuery {
	query := &pb.StructuredQuery{
		From: []*pb.StructuredQuery_CollectionSelector{{CollectionId: items}},
		OrderBy: []*pb.StructuredQuery_Order{{
			Field:     &pb.StructuredQuery_FieldReference{FieldPath: "__name__"},
			Direction: pb.StructuredQuery_ASCENDING,
		}},
	}
	if after != "" {
		name := s.name(core.Key{Partition: partition, Sort: after})
		query.StartAt = &pb.Cursor{Values: []*pb.Value{{ValueType: &pb.Value_ReferenceValue{ReferenceValue: name}}}}
	}
	return query
}

// one returns what stands under a key, or nil.
func (s *Store) one(ctx context.Context, key core.Key) (*stored, error) {
	found, err := s.get(ctx, key)
	switch {
	case err != nil:
		return nil, fmt.Errorf("look what is there: %w", err)
	case len(found) == 0:
		return nil, nil
	}
	return &found[0], nil
}
