package dynamodb

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/patchbay-go/patchbay/core"
)

// Conditions of writes. An item that has expired is absent, whether it was removed or not.
const (
	ifAbsent  = "attribute_not_exists(pk) OR expires <= :now"
	ifVersion = "version = :version AND (attribute_not_exists(expires) OR expires > :now)"
)

// A condition is what has to hold for a write to take place.
type condition struct {
	expression string // empty: nothing
	values     attributes
	version    uint64 // the one that has to be there; 0: none
}

func absent(now time.Time) condition {
	return condition{expression: ifAbsent, values: attributes{":now": number(now.UnixMilli())}}
}

func hasVersion(version uint64, now time.Time) condition {
	values := attributes{":now": number(now.UnixMilli()), ":version": versionNumber(version)}
	return condition{expression: ifVersion, values: values, version: version}
}

// Create implements core.Store. It takes the place of an item that has expired by the same one write.
func (s *Store) Create(ctx context.Context, it core.Item) (uint64, error) {
	return s.put(ctx, it, absent(s.now()))
}

// Replace implements core.Store.
func (s *Store) Replace(ctx context.Context, it core.Item) (uint64, error) {
	return s.put(ctx, it, hasVersion(it.Version, s.now()))
}

// Put implements core.Store. Where an attempt was heard and its answer was lost, the next one may take the place of what
// somebody else has put there in between, as a Put may.
func (s *Store) Put(ctx context.Context, it core.Item) (uint64, error) {
	return s.put(ctx, it, condition{})
}

// put keeps an item where the condition holds.
func (s *Store) put(ctx context.Context, it core.Item, c condition) (uint64, error) {
	ctx, cancel := bounded(ctx)
	defer cancel()
	a, err := s.begin(ctx)
	if err != nil {
		return 0, err
	}
	it.Version = newVersion()
	r, err := s.record(ctx, it)
	if err != nil {
		return 0, err
	}
	in := &sdk.PutItemInput{
		TableName: &s.table, Item: r.attributes(), ReturnConsumedCapacity: types.ReturnConsumedCapacityTotal,
	}
	if c.expression != "" {
		in.ConditionExpression, in.ExpressionAttributeValues = &c.expression, c.values
		in.ReturnValuesOnConditionCheckFailure = types.ReturnValuesOnConditionCheckFailureAllOld
	}
	out, err := s.client.PutItem(ctx, in, a.watch)
	if failed, ok := errors.AsType[*types.ConditionalCheckFailedException](err); ok {
		chargeConflict(ctx, in.Item, failed.Item)
		there, err := s.inTheWay(ctx, it.Key, failed.Item, a.open)
		switch {
		case err != nil:
			return 0, err
		case there.Version == it.Version:
			return it.Version, nil // by an attempt whose answer was lost
		}
		return 0, s.conflict(it.Key, &there, c, a.open)
	}
	if err != nil {
		return 0, a.explain(s.table, err)
	}
	chargeWrite(ctx, out.ConsumedCapacity)
	return it.Version, nil
}

// Delete implements core.Store.
func (s *Store) Delete(ctx context.Context, key core.Key, version uint64) error {
	ctx, cancel := bounded(ctx)
	defer cancel()
	a, err := s.begin(ctx)
	if err != nil {
		return err
	}
	in := &sdk.DeleteItemInput{
		TableName: &s.table, Key: keyAttributes(key), ReturnConsumedCapacity: types.ReturnConsumedCapacityTotal,
	}
	var c condition
	if version != 0 {
		c = hasVersion(version, s.now())
		in.ConditionExpression, in.ExpressionAttributeValues = &c.expression, c.values
		in.ReturnValuesOnConditionCheckFailure = types.ReturnValuesOnConditionCheckFailureAllOld
	}
	out, err := s.client.DeleteItem(ctx, in, a.watch)
	if failed, ok := errors.AsType[*types.ConditionalCheckFailedException](err); ok {
		chargeConflict(ctx, nil, failed.Item)
		there, err := s.inTheWay(ctx, key, failed.Item, a.open)
		if err != nil {
			return err
		}
		return s.conflict(key, &there, c, a.open)
	}
	if err != nil {
		return a.explain(s.table, err)
	}
	chargeWrite(ctx, out.ConsumedCapacity)
	return nil
}

// inTheWay returns what a write's condition did not hold for; nothing was there: its version is 0. A server tells that with its refusal,
// unless nothing was there, or it is one that does not tell. Where it matters, since an attempt is open, it is read again.
func (s *Store) inTheWay(ctx context.Context, key core.Key, told attributes, open bool) (record, error) {
	if told == nil && open {
		var err error
		if told, err = s.load(ctx, key); err != nil {
			return record{}, fmt.Errorf("find out whether a write took place: %w", err)
		}
	}
	if told == nil {
		return record{}, nil
	}
	return readRecord(told)
}

// errOpen is the error of a write of which nobody can tell whether it took place.
var errOpen = errors.New("the write may have taken place: an attempt whose answer was lost, or another's write, was in the way of the next")

// conflict returns the error of a write whose condition did not hold, for what was there then. It is a *core.ConflictError where the write
// surely did not take place: no attempt before this one can have been heard, or what is there is the very version that the write wanted
// to take the place of. That has expired, then, and nothing was written since, as no version comes twice.
func (s *Store) conflict(key core.Key, there *record, c condition, open bool) error {
	if open && (c.version == 0 || there.Version != c.version) {
		return fmt.Errorf("write %q %q: %w", key.Partition, key.Sort, errOpen)
	}
	e := &core.ConflictError{Key: key}
	if there.Version != 0 && there.aside == "" && there.lives(s.now()) {
		e.Present = &there.Item
	}
	return e
}

// newVersion returns a version that nobody has, by chance: so an item whose version it is was written by this call. The operating system
// makes it, since two copies of a process that was frozen would draw the same numbers from a generator of their own.
func newVersion() uint64 {
	for {
		var b [8]byte
		_, _ = rand.Read(b[:]) // it never fails: a system without randomness ends the program
		if version := binary.LittleEndian.Uint64(b[:]); version != 0 {
			return version
		}
	}
}
