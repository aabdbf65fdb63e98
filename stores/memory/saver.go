package memory

import (
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"
)

// A saver writes a store's snapshots: one goroutine, until close.
type saver struct {
	store  *Store
	file   *file
	logger *slog.Logger

	stop    chan struct{}
	stopped sync.WaitGroup

	// Of the goroutine alone, and then of close:
	id      snapshotID // of the snapshot in the file; zero: there is none
	saved   uint64     // the store's changes that are in it
	failing bool

	once sync.Once
	err  error // of close
}

// start begins to save every so often.
func (v *saver) start(every time.Duration) {
	v.stop = make(chan struct{})
	v.stopped.Go(func() { v.run(every) })
}

func (v *saver) run(every time.Duration) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		select {
		case <-v.stop:
			return
		case <-ticker.C:
			if v.store.changed() != v.saved {
				v.tell(v.save(v.store.cut(false)))
			}
		}
	}
}

// save writes a cut to the file.
func (v *saver) save(c *cut) error {
	var id snapshotID
	err := v.file.replace(func(w io.Writer) (err error) {
		id, err = writeSnapshot(w, c, v.store.now())
		return err
	})
	if err != nil {
		return fmt.Errorf("write snapshot %s: %w", v.file.path, err)
	}
	v.id, v.saved = id, c.changes
	return nil
}

// tell logs that snapshots fail, and that they do so no more, once each.
func (v *saver) tell(err error) {
	switch {
	case err != nil && !v.failing:
		v.logger.Error("snapshot not written; it is tried again", "file", v.file.path, "error", err)
	case err == nil && v.failing:
		v.logger.Info("snapshot written again", "file", v.file.path)
	}
	v.failing = err != nil
}

// close writes what has changed since the last snapshot, closes the store, and lets go of the file.
func (v *saver) close() error {
	v.once.Do(func() {
		close(v.stop)
		v.stopped.Wait()
		defer v.file.release()
		if c := v.store.cut(true); c.changes != v.saved {
			v.err = v.save(c)
		}
		if v.err == nil {
			v.err = v.file.note(closedWith(v.id))
		}
	})
	return v.err
}
