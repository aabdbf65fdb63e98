package faults

import (
	"bytes"
	"encoding/binary"
)

// PostgresAnswer is the Complete of PostgreSQL's protocol, version 3: messages of a letter, a length and so much, the last of an answer being
// ReadyForQuery. What the request did is committed, or undone, before that is sent.
// (https://www.postgresql.org/docs/15/protocol-flow.html)
func PostgresAnswer(answer []byte) bool {
	const readyForQuery = 'Z'
	var last byte
	for len(answer) >= 5 {
		size := 1 + uint64(binary.BigEndian.Uint32(answer[1:]))
		if size > uint64(len(answer)) {
			return false
		}
		last, answer = answer[0], answer[size:]
	}
	return last == readyForQuery && len(answer) == 0
}

// MemcachedAnswer is the Complete of memcached's protocol of lines. Within what is read there may be such an end too, but whoever writes gets one
// line. (https://github.com/memcached/memcached/blob/master/doc/protocol.txt)
func MemcachedAnswer(answer []byte) bool { return bytes.HasSuffix(answer, []byte("\r\n")) }
