package firestore

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"github.com/patchbay-go/patchbay/core"
)

// A document's id is at most 1,500 bytes of UTF-8, has no slash, is neither "." nor "..", and is not one of the reserved __.*__
// (https://cloud.google.com/firestore/quotas). Parts of keys are any bytes, up to 1,024 of them, and ids have to keep their order.
//
// So an id is ASCII in two pieces. The first plainBytes bytes stand there as they are, or escaped, one byte as two characters of which the
// first sorts where the byte would:
//
//	0x00 to '!'       '!' and one of digits
//	'.' and '/'       ".-" and "._", so that a/b reads a._b
//	'|' to 0xff       '|', '}' or '~', and one of digits
//	'_', if first     "_-"
//
// What is behind them is packed, four characters for three bytes, or else the longest keys would not fit: 384 + 1,110 characters are the
// most. Both pieces sort as their bytes do, and begin at the same byte in every id, so ids do.
const plainBytes = 192

// digits are 64 characters in the order of their bytes.
const digits = "-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"

// packing is base64 with digits that keep order.
var packing = base64.NewEncoding(digits).WithPadding(base64.NoPadding).Strict()

const (
	sameDigit  = '-' // behind '.' or '_': the same character
	slashDigit = '_' // behind '.': a slash
	firstHigh  = '|'
)

// appendID appends the id for one part of a key.
func appendID(id []byte, part string) []byte {
	plain := part[:min(len(part), plainBytes)]
	for i := range len(plain) {
		id = appendEscaped(id, plain[i], i == 0)
	}
	return packing.AppendEncode(id, []byte(part[len(plain):]))
}

func appendEscaped(id []byte, b byte, first bool) []byte {
	switch {
	case b <= '!':
		return append(id, '!', digits[b])
	case b == '.':
		return append(id, '.', sameDigit)
	case b == '/':
		return append(id, '.', slashDigit)
	case b >= firstHigh:
		high := b - firstHigh
		return append(id, firstHigh+high/64, digits[high%64])
	case b == '_' && first:
		return append(id, '_', sameDigit)
	}
	return append(id, b)
}

var errForeignID = errors.New("no id that this store gives")

// partOf returns the part of a key that an id was made of.
func partOf(id string) (string, error) {
	part := make([]byte, 0, len(id))
	for len(part) < plainBytes && id != "" {
		b, length := unescape(id, len(part) == 0)
		if length == 0 {
			return "", errForeignID
		}
		part, id = append(part, b), id[length:]
	}
	part, err := packing.AppendDecode(part, []byte(id))
	if err != nil {
		return "", errForeignID
	}
	return string(part), nil
}

// unescape returns the byte that an id begins with, and of how many characters; 0: of none that this store gives.
func unescape(id string, first bool) (b byte, length int) {
	lead := id[0]
	if plain := lead > '!' && lead < firstHigh && lead != '.' && lead != '/' && (lead != '_' || !first); plain {
		return lead, 1
	}
	if len(id) < 2 {
		return 0, 0
	}
	digit := strings.IndexByte(digits, id[1])
	switch {
	case digit < 0:
		return 0, 0
	case lead == '!' && digit <= '!':
		return byte(digit), 2
	case lead >= firstHigh && lead <= '~' && int(firstHigh)+int(lead-firstHigh)*64+digit <= 0xff:
		return firstHigh + (lead-firstHigh)*64 + byte(digit), 2
	case lead == '.' && id[1] == slashDigit:
		return '/', 2
	case (lead == '.' || lead == '_') && id[1] == sameDigit:
		return lead, 2
	}
	return 0, 0
}

// items is the collection below each partition's document, which itself is never written.
const items = "items"

// parent returns the name of a partition's document.
func (s *Store) parent(partition string) string {
	name := make([]byte, 0, len(s.root)+2*len(partition)+1)
	return string(appendID(append(name, s.root...), partition))
}

// name returns the name of the document for a key.
func (s *Store) name(key core.Key) string {
	name := make([]byte, 0, len(s.root)+2*len(key.Partition)+len(items)+2*len(key.Sort)+2)
	name = appendID(append(name, s.root...), key.Partition)
	name = append(name, '/')
	name = append(name, items...)
	name = append(name, '/')
	return string(appendID(name, key.Sort))
}

// key returns the key of the document with that name.
func (s *Store) key(name string) (core.Key, error) {
	rest, ours := strings.CutPrefix(name, s.root)
	partition, sort, below := strings.Cut(rest, "/"+items+"/")
	if !ours || !below {
		return core.Key{}, fmt.Errorf("document %q: not below %q", name, s.root)
	}
	key := core.Key{}
	var err error
	if key.Partition, err = partOf(partition); err == nil {
		key.Sort, err = partOf(sort)
	}
	if err != nil {
		return core.Key{}, fmt.Errorf("document %q: %w", name, err)
	}
	return key, nil
}
