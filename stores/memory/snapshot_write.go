package memory

import (
	"bufio"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"io"
	"time"

	"github.com/patchbay-go/patchbay/core"
)

// writeSnapshot writes what of a cut has not expired.
func writeSnapshot(w io.Writer, c *cut, now time.Time) (id snapshotID, err error) {
	_, _ = rand.Read(id[:]) // it never fails
	sum := sha256.New()
	out := bufio.NewWriterSize(io.MultiWriter(w, sum), 64<<10)
	if err := writeItems(out, id, c, now); err != nil {
		return id, err
	}
	return id, writeSum(w, out, sum)
}

// writeItems leaves errors to the writer, which keeps the first, but for ending early then.
func writeItems(out *bufio.Writer, id snapshotID, c *cut, now time.Time) error {
	b := append([]byte(magic), form)
	b = append(b, id[:]...)
	b = binary.AppendUvarint(b, uint64(c.living(now)))
	if _, err := out.Write(b); err != nil {
		return err
	}
	var record []byte
	for it := range c.items(now) {
		record = appendRecord(record[:0], it)
		b = binary.AppendUvarint(b[:0], uint64(len(record)+len(it.Body)))
		for _, part := range [][]byte{b, record, it.Body} {
			if _, err := out.Write(part); err != nil {
				return err
			}
		}
	}
	return nil
}

// writeSum ends a snapshot with the checksum of all that has gone through out.
func writeSum(w io.Writer, out *bufio.Writer, sum hash.Hash) error {
	if err := out.Flush(); err != nil {
		return err
	}
	_, err := w.Write(sum.Sum(nil))
	return err
}

// appendRecord appends an item but for its body, which ends it.
func appendRecord(b []byte, it *core.Item) []byte {
	b = appendText(b, it.Partition)
	b = appendText(b, it.Sort)
	b = binary.LittleEndian.AppendUint64(b, it.Version)
	expires := int64(0)
	if !it.Expires.IsZero() {
		expires = it.Expires.UnixMilli()
	}
	return binary.AppendVarint(b, expires)
}
