package amf

import (
	"encoding/hex"
	"io"
	"strings"
)

// The ids of messages, consumers and streams are UUIDs of version 4 (RFC 9562), in upper case: only such shrink to 16 bytes in small
// messages.

// idSize is the length of a UUID's text.
const idSize = 36

// newIDs returns two new UUIDs, one behind the other.
func (s *step) newIDs() string {
	raw := &s.random
	if _, err := io.ReadFull(s.endpoint.opts.Random, raw[:]); err != nil {
		panic("amf: no random bytes: " + err.Error())
	}
	var text [2 * idSize]byte
	markUUID(raw[:16])
	markUUID(raw[16:])
	formatUUID(text[:idSize], raw[:16])
	formatUUID(text[idSize:], raw[16:])
	return string(text[:])
}

// newID returns a new UUID.
func (e *Endpoint) newID() string {
	var raw [16]byte
	if _, err := io.ReadFull(e.opts.Random, raw[:]); err != nil {
		panic("amf: no random bytes: " + err.Error())
	}
	markUUID(raw[:])
	return uuidText(raw)
}

// markUUID makes 16 bytes a UUID of version 4.
func markUUID(raw []byte) { raw[6], raw[8] = raw[6]&0x0F|0x40, raw[8]&0x3F|0x80 }

// formatUUID writes the text of a UUID.
func formatUUID(text, raw []byte) {
	at := 0
	for i, b := range raw {
		if i == 4 || i == 6 || i == 8 || i == 10 {
			text[at] = '-'
			at++
		}
		const digits = "0123456789ABCDEF"
		text[at], text[at+1] = digits[b>>4], digits[b&15]
		at += 2
	}
}

func uuidText(raw [16]byte) string {
	var text [idSize]byte
	formatUUID(text[:], raw[:])
	return string(text[:])
}

// readUUID reads a UUID as we write them: 36 characters, in upper case.
func readUUID(text string) (raw [16]byte, ok bool) {
	if len(text) != idSize || text != strings.ToUpper(text) {
		return raw, false
	}
	for _, i := range [...]int{8, 13, 18, 23} {
		if text[i] != '-' {
			return raw, false
		}
	}
	n, err := hex.Decode(raw[:], []byte(strings.ReplaceAll(text, "-", "")))
	return raw, err == nil && n == len(raw)
}
