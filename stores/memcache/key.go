package memcache

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"strconv"

	"github.com/patchbay-go/patchbay/core"
)

// The kinds of values that a Store keeps.
const (
	kindItem  = 'i'
	kindList  = 'l' // of sorts: see list
	kindRun   = 'r' // of numbers: see run
	kindBirth = 'b' // since when all this is kept: see Note
)

// A namer makes the names of values in memcached, which are at most 250 bytes without spaces, from texts of any bytes and length: by
// SHA-256. The texts stand in the values, so whoever looks at one knows what it is of.
type namer struct{ prefix string }

func (n namer) of(kind byte, texts ...string) string {
	h := sha256.New()
	var length [8]byte
	for _, text := range append([]string{n.prefix}, texts...) {
		binary.LittleEndian.PutUint64(length[:], uint64(len(text)))
		h.Write(length[:])
		h.Write([]byte(text))
	}
	name := append(make([]byte, 0, 64), "patchbay:"...)
	name = append(name, kind, ':')
	return string(base64.RawURLEncoding.AppendEncode(name, h.Sum(nil)))
}

func (n namer) item(key core.Key) string { return n.of(kindItem, key.Partition, key.Sort) }

func (n namer) run(partition, prefix string) string { return n.of(kindRun, partition, prefix) }

func (n namer) list(partition string, part int) string {
	return n.of(kindList, partition, strconv.Itoa(part))
}

// digits is how many a number has in a sort.
const digits = 20

// numbered takes a sort apart that ends in a number as core writes them, with 20 digits.
func numbered(sort string) (prefix string, number uint64, ok bool) {
	cut := len(sort) - digits
	if cut < 0 {
		return "", 0, false
	}
	for _, c := range []byte(sort[cut:]) {
		if c < '0' || c > '9' {
			return "", 0, false
		}
	}
	number, err := strconv.ParseUint(sort[cut:], 10, 64)
	return sort[:cut], number, err == nil
}

// sortOf is a sort that numbered takes apart.
func sortOf(prefix string, number uint64) string {
	b := append(make([]byte, 0, len(prefix)+digits), prefix...)
	text := strconv.AppendUint(nil, number, 10)
	for range digits - len(text) {
		b = append(b, '0')
	}
	return string(append(b, text...))
}
