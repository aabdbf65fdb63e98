package core

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// A Key names an Item. Both parts are any text, also with slashes, NUL and what is no UTF-8; a store escapes what it must and
// keeps Sort's order, which is that of its bytes. Partition is at most 1,024 bytes and Sort at most 768. No part is empty.
type Key struct{ Partition, Sort string }

// An Item is what a Store keeps.
type Item struct {
	Key

	// Version is the store's mark for this state of the item. It is opaque and never 0, and no two states of what is kept under
	// one key ever have the same, a deletion in between included. It is ignored in what is given to Create and Put.
	Version uint64

	// Expires is when the item ends to be there, in whole milliseconds; zero: never. From then on every verb treats it as
	// absent, whether it has been removed or not.
	Expires time.Time

	Body []byte // at most MaxBody bytes, or what the store allows: see Sizer
}

// A Store keeps items. All rules of Patchbay are above it: a driver is these verbs, and stores/storetest is the suite that it passes.
//
// All methods may be called by any number of goroutines. A store keeps nothing of what it is given and gives away nothing that it
// keeps: bodies are copied. Reads are strong: they see every write that had returned before they began. An error that is no
// *ConflictError leaves open whether a write took place. After Close every method returns ErrClosed.
type Store interface {
	// Get returns the items with these keys in any order; absent ones are left out. At most 128 keys.
	Get(ctx context.Context, keys ...Key) ([]Item, error)

	// Create keeps an item under a key that has none and returns its version; otherwise a *ConflictError.
	Create(ctx context.Context, it Item) (version uint64, err error)

	// Replace keeps an item in place of that with it.Version and returns the new version. If another version, or nothing, is
	// there, it is a *ConflictError.
	Replace(ctx context.Context, it Item) (version uint64, err error)

	// Put keeps an item whatever was there, and returns its version.
	Put(ctx context.Context, it Item) (version uint64, err error)

	// Delete removes the item with that version; if another version, or nothing, is there, it is a *ConflictError. With version
	// 0 it removes whatever is there, and it is no error if nothing is.
	Delete(ctx context.Context, key Key, version uint64) error

	// Range returns items of one partition whose Sort is above after, ascending by Sort's bytes: at most limit of them (0: as
	// many as the store likes to give at once, but at least one), and no more after their bodies have reached bytes bytes (0: no
	// such bound). So the first is given whatever its size, and an empty answer says that there are none.
	Range(ctx context.Context, partition, after string, limit, bytes int) ([]Item, error)

	// Close releases what the store holds. It may be called twice.
	io.Closer
}

// A Tailer is a Store that finds the last item of a partition without reading what is before it. Where there is none the error
// is ErrNoItem.
type Tailer interface {
	Last(ctx context.Context, partition string) (Item, error)
}

// A Waiter is a Store that can wait for something to stand behind one of these keys, in its partition. It returns at once if it
// already does, and with ctx's error when ctx ends.
type Waiter interface {
	Wait(ctx context.Context, after []Key) error
}

// Waited reports whether core ever waits for what stands in a partition: whether it is a log's. A Waiter may spare itself the others.
func Waited(partition string) bool {
	_, kind, _ := strings.Cut(partition, "/")
	return strings.HasPrefix(kind, logKind)
}

// A Trimmer is a Store that never removes an item of its own accord before its time; Trim removes those of a partition whose
// Sort is below the one given.
type Trimmer interface {
	Trim(ctx context.Context, partition, below string) error
}

// MaxBody is how many bytes an item's body may have in every store.
const MaxBody = 380_000

// A Sizer is a Store that keeps bodies above MaxBody too, up to the number of bytes that it gives, which never changes.
type Sizer interface {
	MaxBody() int
}

// A Noter is a Store with something to say to those who operate it beside that it answers, such as since when nothing was lost. The note
// is one short line without secrets, and part of what /readyz says.
type Noter interface {
	Note(ctx context.Context) (string, error)
}

// The errors of stores that callers tell apart.
var (
	ErrClosed = errors.New("the store is closed")
	ErrNoItem = errors.New("no such item")
)

// A ConflictError is a conditional write that did not take place, since its condition did not hold.
type ConflictError struct {
	Key     Key
	Present *Item // what is there instead, where the store can tell without another read; else nil
}

func (e *ConflictError) Error() string {
	return fmt.Sprintf("conflict at %q %q", e.Key.Partition, e.Key.Sort)
}

func isConflict(err error) bool {
	_, ok := errors.AsType[*ConflictError](err)
	return ok
}
