package redis

import (
	"encoding/binary"
	"errors"

	"github.com/patchbay-go/patchbay/core"
)

// A payload is a byte that says its form and, one behind the other, notices: the realm, and then
//
//	destination, shard, number    of what was published
//	"", connection                of what was sent to one
//
// with texts as their length and their bytes, and lengths and numbers as varints. One of another form is of an instance of another
// version, and is left to the interval.
const payloadForm = 1

// maxPayload is how many bytes a payload may have, and maxText one of its texts.
const (
	maxPayload = 64 << 10
	maxText    = 4 << 10
)

func appendNotice(b []byte, n core.Notice) []byte {
	b = appendText(b, n.Realm)
	b = appendText(b, n.Destination)
	if n.Destination == "" {
		return appendText(b, n.Connection)
	}
	b = binary.AppendUvarint(b, uint64(n.Shard))
	return binary.AppendUvarint(b, n.Number)
}

func appendText(b []byte, text string) []byte {
	b = binary.AppendUvarint(b, uint64(len(text)))
	return append(b, text...)
}

var errPayload = errors.New("no payload of a bus")

// readPayload gives the notices of a payload to hear, if all of it can be read.
func readPayload(payload string, hear func(core.Notice)) error {
	if payload == "" || payload[0] != payloadForm || len(payload) > maxPayload {
		return errPayload
	}
	r := reader{rest: []byte(payload[1:])}
	var notices []core.Notice
	for len(r.rest) > 0 && !r.bad {
		notices = append(notices, r.notice())
	}
	if r.bad {
		return errPayload
	}
	for _, n := range notices {
		hear(n)
	}
	return nil
}

// A reader reads what appendNotice has written. What is bad it has left.
type reader struct {
	rest []byte
	bad  bool
}

func (r *reader) notice() core.Notice {
	n := core.Notice{Realm: r.text(), Destination: r.text()}
	if n.Destination == "" {
		n.Connection = r.text()
		r.bad = r.bad || n.Connection == ""
		return n
	}
	shard := r.uvarint()
	n.Shard, n.Number = int(shard), r.uvarint()
	r.bad = r.bad || shard > maxShard
	return n
}

// maxShard is more than core has.
const maxShard = 1 << 16

func (r *reader) uvarint() uint64 {
	v, n := binary.Uvarint(r.rest)
	if n <= 0 {
		r.bad = true
		return 0
	}
	r.rest = r.rest[n:]
	return v
}

func (r *reader) text() string {
	length := r.uvarint()
	if length > uint64(len(r.rest)) || length > maxText {
		r.bad = true
		return ""
	}
	text := string(r.rest[:length])
	r.rest = r.rest[length:]
	return text
}
