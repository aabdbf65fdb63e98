package memory

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// A file is the one that snapshots are written to, with those beside it:
//
//	.previous  the snapshot before
//	.new       one that is being written
//	.lock      is locked while a process has the file, and says how the last one has left it
type file struct {
	path string
	lock *os.File
}

const (
	previous = ".previous"
	unready  = ".new"
	linked   = ".link" // what is to be called .previous, for a moment
	locked   = ".lock"
)

// claimFile takes the file for this process.
func claimFile(path string) (*file, error) {
	lock, err := os.OpenFile(path+locked, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("%w: the folder must be there, and this user be allowed to write to it", err)
	}
	if err := lockFile(lock); err != nil {
		_ = lock.Close()
		return nil, err
	}
	return &file{path: path, lock: lock}, nil
}

// release lets others have the file.
func (f *file) release() { _ = f.lock.Close() }

// open opens the snapshot that is there.
func (f *file) open() (r io.ReadCloser, size int64, err error) {
	info, err := os.Stat(f.path)
	if err != nil {
		return nil, 0, err
	}
	if !info.Mode().IsRegular() {
		return nil, 0, fmt.Errorf("%s is no regular file: name another one", f.path)
	}
	opened, err := os.Open(f.path)
	if err != nil {
		return nil, 0, err
	}
	return opened, info.Size(), nil
}

// begin tries what each snapshot needs of the folder, and notes that a process has the file.
func (f *file) begin() error {
	if err := f.tryFolder(); err != nil {
		return fmt.Errorf("snapshots cannot be written beside %s: %w; name a file in a folder that this user may write to, "+
			"on a file system with hard links", f.path, err)
	}
	return f.note("open")
}

func (f *file) tryFolder() error {
	w, err := f.create()
	if err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	if err := link(f.path+unready, f.path+linked); err != nil {
		return err
	}
	return errors.Join(os.Remove(f.path+linked), os.Remove(f.path+unready))
}

// leftWith reports whether the snapshot with that id was the last word of the process that had the file before. It is asked before begin.
func (f *file) leftWith(id snapshotID) bool {
	text, err := io.ReadAll(io.NewSectionReader(f.lock, 0, 256))
	return err == nil && string(text) == closedWith(id)
}

func closedWith(id snapshotID) string { return "closed with " + hex.EncodeToString(id[:]) + "\n" }

// note writes to the lock's file how it stands.
func (f *file) note(text string) error {
	if err := f.lock.Truncate(0); err != nil {
		return err
	}
	if _, err := f.lock.WriteAt([]byte(text), 0); err != nil {
		return err
	}
	return f.lock.Sync()
}

// create makes the file that becomes a snapshot, anew. What is in a store is nobody else's.
func (f *file) create() (*os.File, error) {
	if err := os.Remove(f.path + unready); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return os.OpenFile(f.path+unready, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
}

// replace has write make a snapshot, and puts it in the file's place once it is whole and on the disk. At no moment is there none.
func (f *file) replace(write func(io.Writer) error) error {
	w, err := f.create()
	if err != nil {
		return err
	}
	if err := errors.Join(write(w), w.Sync(), w.Close()); err != nil {
		return errors.Join(err, os.Remove(f.path+unready))
	}
	if err := f.keepPrevious(); err != nil {
		return err
	}
	if err := os.Rename(f.path+unready, f.path); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(f.path))
}

// keepPrevious gives the snapshot that is there its second name.
func (f *file) keepPrevious() error {
	err := link(f.path, f.path+linked)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil // this is the first
	case err != nil:
		return err
	}
	return os.Rename(f.path+linked, f.path+previous)
}

// link gives a file a name that may be left from a process that died.
func link(from, to string) error {
	if err := os.Remove(to); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return os.Link(from, to)
}

// syncFolder has the names in a folder on the disk.
func syncFolder(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
