package memory

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash"
	"io"
	"strings"
	"time"

	"github.com/patchbay-go/patchbay/core"
)

// readSnapshot reads a snapshot of so many bytes and gives each item to keep. What keep has got counts only where there is no error:
// the checksum comes last. Nothing is believed about lengths but that of the file.
func readSnapshot(file io.Reader, size int64, keep func(core.Item)) (id snapshotID, err error) {
	if size < int64(smallest) {
		return id, tooSmall(file)
	}
	sum := sha256.New()
	r := newReader(file, size-sha256.Size, sum)
	id, count, err := r.header()
	if err != nil {
		return id, err
	}
	for range count {
		it, err := r.item()
		if err != nil {
			return id, err
		}
		keep(it)
	}
	if r.left > 0 {
		return id, damagedAt(r.offset)
	}
	return id, checkSum(file, sum)
}

// A reader reads what is before the checksum.
type reader struct {
	buffered *bufio.Reader
	offset   int64
	left     int64
	record   []byte
}

func newReader(file io.Reader, left int64, sum hash.Hash) *reader {
	summed := io.TeeReader(io.LimitReader(file, left), sum)
	return &reader{buffered: bufio.NewReaderSize(summed, 64<<10), left: left}
}

// header reads up to the items. What is no snapshot, or of a later form, is told before anything else is looked at.
func (r *reader) header() (id snapshotID, count uint64, err error) {
	start := make([]byte, len(magic)+1)
	if err := r.fill(start); err != nil {
		return id, 0, err
	}
	switch f := start[len(magic)]; {
	case string(start[:len(magic)]) != magic:
		return id, 0, errForeign
	case f > form:
		return id, 0, errNewer(f)
	case f < form:
		return id, 0, damagedAt(r.offset - 1)
	}
	if err := r.fill(id[:]); err != nil {
		return id, 0, err
	}
	count, err = r.uvarint()
	return id, count, err
}

// tooSmall tells the beginning of a snapshot from something else.
func tooSmall(file io.Reader) error {
	start, err := io.ReadAll(io.LimitReader(file, int64(len(magic))))
	switch {
	case err != nil:
		return fmt.Errorf("read: %w", err)
	case strings.HasPrefix(magic, string(start)):
		return errTorn
	}
	return errForeign
}

func (r *reader) item() (core.Item, error) {
	at := r.offset
	n, err := r.uvarint()
	if err != nil {
		return core.Item{}, err
	}
	if n > uint64(r.left) {
		return core.Item{}, errTorn
	}
	if uint64(cap(r.record)) < n {
		r.record = make([]byte, n)
	}
	r.record = r.record[:n]
	if err := r.fill(r.record); err != nil {
		return core.Item{}, err
	}
	it, ok := readRecord(r.record)
	if !ok {
		return core.Item{}, damagedAt(at)
	}
	return it, nil
}

func (r *reader) fill(b []byte) error {
	if int64(len(b)) > r.left {
		return errTorn
	}
	if _, err := io.ReadFull(r.buffered, b); err != nil {
		return fmt.Errorf("read: %w", err)
	}
	r.advance(len(b))
	return nil
}

func (r *reader) uvarint() (uint64, error) {
	b, err := r.buffered.Peek(int(min(r.left, binary.MaxVarintLen64)))
	if err != nil {
		return 0, fmt.Errorf("read: %w", err)
	}
	v, n := binary.Uvarint(b)
	switch {
	case n == 0:
		return 0, errTorn
	case n < 0:
		return 0, damagedAt(r.offset)
	}
	_, _ = r.buffered.Discard(n) // it was peeked at
	r.advance(n)
	return v, nil
}

func (r *reader) advance(n int) {
	r.offset += int64(n)
	r.left -= int64(n)
}

// readRecord takes an item apart. Its parts are copies.
func readRecord(b []byte) (it core.Item, ok bool) {
	if it.Partition, b, ok = cutText(b); !ok || it.Partition == "" {
		return it, false
	}
	if it.Sort, b, ok = cutText(b); !ok || it.Sort == "" {
		return it, false
	}
	if len(b) < versionSize {
		return it, false
	}
	it.Version, b = binary.LittleEndian.Uint64(b), b[versionSize:]
	expires, n := binary.Varint(b)
	if n <= 0 || it.Version == 0 {
		return it, false
	}
	if expires != 0 {
		it.Expires = time.UnixMilli(expires)
	}
	it.Body = bytes.Clone(b[n:])
	return it, true
}

func cutText(b []byte) (text string, rest []byte, ok bool) {
	length, n := binary.Uvarint(b)
	if n <= 0 || length > uint64(len(b)-n) {
		return "", nil, false
	}
	end := n + int(length)
	return string(b[n:end]), b[end:], true
}

// checkSum reads the checksum and compares.
func checkSum(file io.Reader, sum hash.Hash) error {
	var want [sha256.Size]byte
	if _, err := io.ReadFull(file, want[:]); err != nil {
		return fmt.Errorf("read: %w", err)
	}
	if !bytes.Equal(sum.Sum(nil), want[:]) {
		return fmt.Errorf("%w: its checksum is wrong", errDamaged)
	}
	return nil
}
