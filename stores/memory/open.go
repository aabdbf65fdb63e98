package memory

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"

	"github.com/patchbay-go/patchbay/core"
)

// Open returns a Store with what is in a file, which need not exist, and writes snapshots to it: every Options.Every, where something has
// changed, and at Close. A snapshot is of one moment. It takes the file's place only when it is whole and on the disk; the one before stays
// beside it, as path + ".previous". Open waits until all is read, and the file is this process's alone until Close.
//
// The error says what is wrong and what to do: another process has the file, its folder cannot be written, or it is no snapshot, a
// damaged one, or one of a later Patchbay. Then nothing of it is used, and nothing is changed.
func Open(path string, opts *Options) (*Store, error) {
	o := opts.withDefaults()
	s := New(&o)
	f, err := claimFile(path)
	if err != nil {
		return nil, fmt.Errorf("open snapshot: %w", err)
	}
	s.saver = &saver{store: s, file: f, logger: o.Logger}
	if err := s.load(); err != nil {
		f.release()
		return nil, fmt.Errorf("open snapshot: %w", err)
	}
	s.saver.start(o.Every)
	return s, nil
}

// load fills the store with what is in the file.
func (s *Store) load() error {
	s.startVersions()
	v := s.saver
	switch id, err := s.fill(v.file); {
	case errors.Is(err, fs.ErrNotExist):
		if err := v.file.mayBeNew(); err != nil {
			return err
		}
	case err != nil:
		return err
	default:
		v.id = id
		if !v.file.leftWith(id) {
			s.keepBehindLost()
		}
	}
	return v.file.begin()
}

// keepBehindLost is for a snapshot that was not the last word of the process before, which was killed, or whose file somebody has put back.
func (s *Store) keepBehindLost() {
	var behind []core.Item
	for i := range s.shards {
		for _, l := range s.shards[i].partitions {
			behind = append(behind, core.BehindLost(l.last().item)...)
		}
	}
	for _, it := range behind {
		if sh := s.shard(it.Partition); sh.present(it.Key, s.now()) == nil {
			sh.keep(it)
		}
	}
}

// fill reads the file's snapshot into the store.
func (s *Store) fill(f *file) (id snapshotID, err error) {
	r, size, err := f.open()
	if err != nil {
		return id, err
	}
	defer func() { _ = r.Close() }()
	id, err = readSnapshot(r, size, func(it core.Item) { s.shard(it.Partition).place(it) })
	if err != nil {
		return id, fmt.Errorf("%s cannot be used: %w; %s", f.path, err, f.advice(err))
	}
	return id, nil
}

// startVersions begins to count somewhere else in each life of the process: what was given out after the last snapshot is not known any
// more, but somebody may hold it, and it must not hit another state of its item.
func (s *Store) startVersions() {
	start := rand.Uint64() >> 1 //nolint:gosec // G404: it is to be another one than before, not a secret
	for i := range s.shards {
		s.shards[i].version = start
	}
}

// advice says what to do about a file that cannot be read.
func (f *file) advice(err error) string {
	switch _, none := os.Stat(f.path + previous); {
	case !errors.Is(err, errDamaged) && !errors.Is(err, errTorn):
		return "name another file"
	case none != nil:
		return "move it away to begin with nothing"
	default:
		return fmt.Sprintf("put %s in its place, which is older, or move both away to begin with nothing", f.path+previous)
	}
}

// mayBeNew refuses to begin with nothing where there has been something.
func (f *file) mayBeNew() error {
	if _, err := os.Stat(f.path + previous); err == nil {
		return fmt.Errorf("%s is gone, but there is %s: rename it to go on with that, or remove it to begin with nothing",
			f.path, f.path+previous)
	}
	return nil
}
