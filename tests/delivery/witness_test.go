package delivery

import (
	"context"
	"errors"
	"fmt"

	"github.com/patchbay-go/patchbay/core"
)

// A witness tells what became of writes where things go wrong on the wire: it remembers which versions are stored and looks, by a way on
// which nothing goes wrong, whether that has changed. So it also sees when a driver breaks its word: a conflict says for sure that the
// write did not take place, and a success that it did, with that version.
type witness struct {
	run  *run
	held map[core.Key]core.Item // without bodies
}

// A writing is one call of a verb that writes, or with remove one that deletes.
type writing struct {
	core.Item
	remove bool
	do     func(ctx context.Context) (version uint64, err error)
}

// see lets a driver write and returns whether it did, whatever it says.
func (w *witness) see(ctx context.Context, c *writing) (version uint64, took bool, err error) {
	wire := w.run.ground.wire
	if wire == nil {
		version, err = c.do(ctx)
		return version, err == nil, err
	}
	faults := wire.Count()
	version, err = c.do(ctx)
	switch {
	case wire.Count() != faults:
		took = w.look(ctx, c, version, err)
		return version, took, lost(err)
	case err == nil:
		w.remember(c, version)
	}
	return version, err == nil, err
}

// look looks what has become of a write that there were faults about.
func (w *witness) look(ctx context.Context, c *writing, version uint64, err error) (took bool) {
	items, broken := w.run.ground.clean.Get(context.WithoutCancel(ctx), c.Key)
	if broken != nil {
		w.run.fail("look at %s: %v", spell(c.Key), broken)
		return false
	}
	var now uint64
	if len(items) > 0 {
		now = items[0].Version
	}
	before := w.held[c.Key]
	took = now != before.Version && (now == 0) == c.remove
	switch {
	case isConflict(err) && took && (!c.remove || !w.expired(before)):
		w.run.fail("a conflict at %s, where the write took place: version %d became %d", spell(c.Key), before.Version, now)
	case err == nil && !c.remove && now != version:
		w.run.fail("version %d was written at %s, which holds %d", version, spell(c.Key), now)
	case err == nil && c.remove && now != 0:
		w.run.fail("%s was deleted and holds version %d", spell(c.Key), now)
	}
	if took {
		w.remember(c, now)
	}
	return took
}

func (w *witness) remember(c *writing, version uint64) {
	if c.remove {
		delete(w.held, c.Key)
		return
	}
	w.held[c.Key] = core.Item{Version: version, Expires: c.Expires}
}

func (w *witness) forget(key core.Key) { delete(w.held, key) }

// expired reports whether an item is absent by now without anyone's doing.
func (w *witness) expired(it core.Item) bool {
	return !it.Expires.IsZero() && !w.run.ground.clock.now().Before(it.Expires)
}

// read lets a driver read. Where there were faults it may fail.
func read[T any](ctx context.Context, r *run, do func(context.Context) (T, error)) (T, error) {
	wire := r.ground.wire
	if wire == nil {
		return do(ctx)
	}
	faults := wire.Count()
	result, err := do(ctx)
	if wire.Count() != faults {
		err = lost(err)
	}
	return result, err
}

// lost is an error of a driver that may be the wire's fault.
func lost(err error) error {
	if err == nil || isConflict(err) || errors.Is(err, core.ErrNoItem) {
		return err
	}
	return fmt.Errorf("%w: %w", errLost, err)
}

func isConflict(err error) bool {
	_, ok := errors.AsType[*core.ConflictError](err)
	return ok
}
