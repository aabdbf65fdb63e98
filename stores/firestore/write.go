package firestore

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	pb "cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/patchbay-go/patchbay/core"
)

// errUnsure is the error of a write that Firestore has refused after an answer was lost, where what stands there now does not tell
// whether it was refused since it had taken effect before.
var errUnsure = errors.New("an answer was lost, and what is there now does not tell whether the write took place")

// A write is one attempt to change a document, however often it is sent. Each has a mark, by which its writer knows it again, and
// without which Firestore would leave a document that was written as it was with the time of its last update.
type write struct {
	store *Store
	item  core.Item
	mark  int64
	doubt bool // an answer was lost, so the write may have taken effect
}

func (s *Store) newWrite(it core.Item) *write {
	return &write{store: s, item: it, mark: int64(rand.Uint64())} //nolint:gosec // G404: tells writes apart, hides nothing
}

// Create implements core.Store.
func (s *Store) Create(ctx context.Context, it core.Item) (uint64, error) {
	if err := s.ready(ctx); err != nil {
		return 0, err
	}
	version, err := s.newWrite(it).create(ctx)
	return version, s.failedWrite(ctx, "create", it.Key, err)
}

// create writes the document where there is none, or one that has expired.
func (w *write) create(ctx context.Context) (uint64, error) {
	for {
		version, err := w.put(ctx, &pb.Precondition{ConditionType: &pb.Precondition_Exists{Exists: false}})
		if status.Code(err) != codes.AlreadyExists {
			return version, err
		}
		present, err := w.store.one(ctx, w.item.Key)
		switch {
		case err != nil:
			return 0, err
		case present != nil && present.mark == w.mark:
			return present.Version, nil
		case w.doubt:
			return 0, errUnsure
		case present == nil:
			continue // it was deleted just now
		case w.store.lives(present.Item):
			return 0, w.store.conflict(w.item.Key, present)
		}
		version, err = w.put(ctx, updated(present.Version))
		switch {
		case !isRefusal(err):
			return version, err
		case w.doubt:
			return w.refused(ctx, err)
		}
		// Somebody else was faster to take the place of what had expired.
	}
}

// Replace implements core.Store.
func (s *Store) Replace(ctx context.Context, it core.Item) (uint64, error) {
	if err := s.ready(ctx); err != nil {
		return 0, err
	}
	w := s.newWrite(it)
	version, err := uint64(0), s.alive(ctx, it.Key, it.Version)
	if err == nil {
		version, err = w.put(ctx, updated(it.Version))
	}
	if isRefusal(err) {
		version, err = w.refused(ctx, err)
	}
	return version, s.failedWrite(ctx, "replace", it.Key, err)
}

// refused returns what became of a write on a condition that did not hold when it was sent last.
func (w *write) refused(ctx context.Context, why error) (uint64, error) {
	if !w.doubt && status.Code(why) == codes.FailedPrecondition {
		return 0, w.store.conflict(w.item.Key, nil)
	}
	present, err := w.store.one(ctx, w.item.Key) // where it is the database that there is not, this says so
	switch {
	case err != nil:
		return 0, err
	case present != nil && present.mark == w.mark:
		return present.Version, nil
	case w.doubt:
		return 0, errUnsure
	case present != nil && present.Version == w.item.Version:
		return 0, why // it is not the condition
	}
	return 0, w.store.conflict(w.item.Key, present)
}

// Put implements core.Store.
func (s *Store) Put(ctx context.Context, it core.Item) (uint64, error) {
	if err := s.ready(ctx); err != nil {
		return 0, err
	}
	version, err := s.newWrite(it).put(ctx, nil)
	return version, s.failedWrite(ctx, "put", it.Key, err)
}

// Delete implements core.Store.
func (s *Store) Delete(ctx context.Context, key core.Key, version uint64) error {
	if err := s.ready(ctx); err != nil {
		return err
	}
	w := s.newWrite(core.Item{Key: key, Version: version})
	return s.failedWrite(ctx, "delete", key, w.delete(ctx))
}

func (w *write) delete(ctx context.Context) error {
	var condition *pb.Precondition
	if w.item.Version != 0 {
		if err := w.store.alive(ctx, w.item.Key, w.item.Version); err != nil {
			return err
		}
		condition = updated(w.item.Version)
	}
	_, err := w.commit(ctx, &pb.Write{
		Operation:       &pb.Write_Delete{Delete: w.store.name(w.item.Key)},
		CurrentDocument: condition,
	})
	if isRefusal(err) {
		return w.undeleted(ctx, err)
	}
	return err
}

// undeleted returns the error of a deletion whose condition did not hold when it was sent last. After a lost answer it certainly did not
// take place where the document that is there is older than the version: it was never deleted since.
func (w *write) undeleted(ctx context.Context, why error) error {
	if !w.doubt && status.Code(why) == codes.FailedPrecondition {
		return w.store.conflict(w.item.Key, nil)
	}
	present, err := w.store.one(ctx, w.item.Key)
	switch {
	case err != nil:
		return err
	case w.doubt && (present == nil || present.created.After(updatedAt(w.item.Version))):
		return errUnsure
	case present != nil && present.Version == w.item.Version:
		return why // it is not the condition
	}
	return w.store.conflict(w.item.Key, present)
}

// alive returns a *ConflictError where the item with that version has expired. It seldom has to read.
func (s *Store) alive(ctx context.Context, key core.Key, version uint64) error {
	if livesAt(version, s.now()) {
		return nil
	}
	present, err := s.one(ctx, key)
	if err != nil {
		return err
	}
	if present == nil || !s.lives(present.Item) || present.Version != version {
		return s.conflict(key, present)
	}
	return nil
}

// put writes the document on a condition, or without one.
func (w *write) put(ctx context.Context, condition *pb.Precondition) (version uint64, err error) {
	if size, most := len(w.item.Body), w.store.MaxBody(); size > most {
		return 0, core.TooLarge.Errorf("The item has %d bytes; the store keeps at most %d.", size, most)
	}
	document := w.store.document(w.item, w.mark)
	result, err := w.commit(ctx, &pb.Write{Operation: &pb.Write_Update{Update: document}, CurrentDocument: condition})
	if err != nil {
		return 0, err
	}
	return versionOf(result.GetUpdateTime().AsTime(), w.item.Expires.Truncate(time.Millisecond)), nil
}

// commit has Firestore write. A write that is refused for its condition is charged like another, since the price list excepts none, and so
// is one whose answer is lost.
func (w *write) commit(ctx context.Context, change *pb.Write) (result *pb.WriteResult, err error) {
	request := &pb.CommitRequest{Database: w.store.database, Writes: []*pb.Write{change}}
	doubt, err := w.store.try(ctx, func(ctx context.Context) error {
		answer, err := w.store.client.Commit(ctx, request, noRetry())
		if err == nil && len(answer.GetWriteResults()) == 1 {
			result = answer.GetWriteResults()[0]
		}
		if _, lost := whatOf(err); err == nil || lost || isRefusal(err) || status.Code(err) == codes.AlreadyExists {
			core.Charge(ctx, core.Units{Writes: 1})
		}
		return err
	})
	w.doubt = w.doubt || doubt
	return result, err
}

// updated is the condition that a document was last updated when the version was given.
func updated(version uint64) *pb.Precondition {
	return &pb.Precondition{ConditionType: &pb.Precondition_UpdateTime{UpdateTime: timestamppb.New(updatedAt(version))}}
}

// isRefusal reports whether a condition did not hold: FailedPrecondition. NotFound, which is also a database that there is not, and
// InvalidArgument, which the emulator has for a version later than what is there, may be that or not.
func isRefusal(err error) bool {
	switch status.Code(err) {
	case codes.FailedPrecondition, codes.NotFound, codes.InvalidArgument:
		return true
	}
	return false
}

// conflict returns the error of a write that met what is present.
func (s *Store) conflict(key core.Key, present *stored) error {
	e := &core.ConflictError{Key: key}
	if present != nil && s.lives(present.Item) {
		e.Present = &present.Item
	}
	return e
}

// failedWrite is failed, but leaves a conflict as it is.
func (s *Store) failedWrite(ctx context.Context, doing string, key core.Key, err error) error {
	if _, isConflict := errors.AsType[*core.ConflictError](err); isConflict {
		return err
	}
	return s.failed(ctx, doing, key, err)
}
