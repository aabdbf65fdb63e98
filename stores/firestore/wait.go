package firestore

import (
	"context"
	"errors"
	"fmt"

	pb "cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/patchbay-go/patchbay/core"
)

// maxListeners is how many keys may be waited behind at once. Each takes one of the calls that a connection has room for.
const maxListeners = 64

var errManyWait = errors.New("too many wait already")

// Wait implements core.Waiter by a listener for each key: a query whose documents Firestore sends when they come. It reads them, and is
// charged for each that comes until one of them lives; for one that comes to wait, as for a query that finds nothing. At most 64 keys may be
// waited behind at once; for more it is an error, as it is where a listener ends.
func (s *Store) Wait(ctx context.Context, after []core.Key) error {
	if err := s.ready(ctx); err != nil {
		return err
	}
	if len(after) == 0 {
		<-ctx.Done()
		return ctx.Err()
	}
	ctx, cancel := context.WithCancel(s.addressed(ctx)) // ends the listeners, and what the client runs for them
	defer cancel()
	heard := make(chan error, len(after))
	for _, key := range after {
		go func() { heard <- s.failed(ctx, "wait behind", key, s.listen(ctx, key)) }()
	}
	first := <-heard
	cancel()
	for range len(after) - 1 {
		<-heard //nolint:errcheck // the first one is told
	}
	return first
}

// listen returns when a document is there behind a key that has not expired.
func (s *Store) listen(ctx context.Context, after core.Key) error {
	select {
	case s.listeners <- struct{}{}:
		defer func() { <-s.listeners }()
	default:
		return errManyWait
	}
	stream, err := s.client.Listen(ctx, noRetry())
	if err != nil {
		return err
	}
	_ = stream.Send(s.listenTo(after)) // of an error Recv tells more
	for l := (listener{store: s}); ; {
		answer, err := stream.Recv()
		if err != nil {
			return err
		}
		if came, err := l.hear(ctx, answer); came || err != nil {
			return err
		}
	}
}

// listenTo asks for what stands behind a key, and for what will.
func (s *Store) listenTo(after core.Key) *pb.ListenRequest {
	target := &pb.Target{TargetId: 1, TargetType: &pb.Target_Query{Query: &pb.Target_QueryTarget{
		Parent:    s.parent(after.Partition),
		QueryType: &pb.Target_QueryTarget_StructuredQuery{StructuredQuery: s.query(after.Partition, after.Sort)},
	}}}
	return &pb.ListenRequest{Database: s.database, TargetChange: &pb.ListenRequest_AddTarget{AddTarget: target}}
}

// A listener takes what Firestore sends for a query.
type listener struct {
	store *Store
	reads int // that were charged
}

// hear reports whether an answer brings a document to wait for.
func (l *listener) hear(ctx context.Context, answer *pb.ListenResponse) (came bool, err error) {
	switch answer := answer.GetResponseType().(type) {
	case *pb.ListenResponse_DocumentChange:
		return l.document(ctx, answer.DocumentChange)
	case *pb.ListenResponse_TargetChange:
		return false, l.query(ctx, answer.TargetChange)
	}
	return false, nil
}

func (l *listener) document(ctx context.Context, change *pb.DocumentChange) (came bool, err error) {
	if len(change.GetTargetIds()) == 0 {
		return false, nil // it does not belong to the query any more
	}
	l.charge(ctx)
	found, err := l.store.read(change.GetDocument())
	return err == nil && l.store.lives(found.Item), err
}

// query takes what Firestore says of the query itself: that it has sent all that there was, or that it sends no more.
func (l *listener) query(ctx context.Context, change *pb.TargetChange) error {
	switch change.GetTargetChangeType() {
	case pb.TargetChange_CURRENT:
		if l.reads == 0 {
			l.charge(ctx)
		}
	case pb.TargetChange_REMOVE:
		cause := change.GetCause()
		return fmt.Errorf("the listener was ended: %w", status.Error(codes.Code(cause.GetCode()), cause.GetMessage()))
	}
	return nil
}

func (l *listener) charge(ctx context.Context) {
	l.reads++
	core.Charge(ctx, core.Units{Reads: 1})
}
