package memory

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
)

// A snapshot is a file of this form:
//
//	magic    8 bytes, which also tell when a transfer has taken the file for text
//	form     1 byte: how what follows is written
//	id       16 random bytes, which no other snapshot has
//	count    of the items, a varint
//	items    each with its length before it, a varint
//	checksum SHA-256 of everything before, 32 bytes
//
// and an item is its partition and its sort, each with its length before it, its version in 8 bytes, the millisecond it expires in, a
// signed varint, 0 for never, and its body. Varints are those of encoding/binary, other numbers are little endian.
//
// Whoever changes the form gives it the next number, goes on reading the ones before, and adds a file of the new one to testdata.
const (
	magic       = "\x89PBMEM\r\n"
	form        = 1
	smallest    = len(magic) + 1 + len(snapshotID{}) + 1 + sha256.Size
	versionSize = 8
)

type snapshotID [16]byte

// The ways in which a file is no snapshot that can be read.
var (
	errForeign = errors.New("it is no snapshot of Patchbay's memory store, or its first bytes are damaged")
	errTorn    = errors.New("it is damaged: it ends too early")
	errDamaged = errors.New("it is damaged")
)

// errNewer says that a file was written in a later form.
func errNewer(f byte) error {
	return fmt.Errorf("a later version of Patchbay has written it: in form %d, of which this one knows those up to %d", f, form)
}

// damagedAt says where a file was found damaged.
func damagedAt(offset int64) error { return fmt.Errorf("%w: at byte %d", errDamaged, offset) }

func appendText(b []byte, text string) []byte {
	b = binary.AppendUvarint(b, uint64(len(text)))
	return append(b, text...)
}
