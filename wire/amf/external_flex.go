package amf

import (
	"encoding/hex"
	"strings"

	"github.com/patchbay-go/patchbay/core/value"
)

// flexExternal returns the reader and writer of the externalizable classes that Flex and BlazeDS know without being told.
func flexExternal(class string) External {
	switch class {
	case "DSA":
		return smallMessage{}
	case "DSC":
		return smallMessage{own: []string{"operation"}, group: true}
	case "DSK":
		return smallMessage{group: true}
	case "flex.messaging.io.ManagedObjectProxy":
		return managedProxy{}
	}
	return nil
}

// The flags of small messages: BlazeDS's AbstractMessage.java, AsyncMessage.java, CommandMessage.java.
const (
	flagMore       = 0x80 // another byte of flags follows
	flagBits       = 6    // bits of a byte that can announce a value that we do not know
	maxFlagBytes   = 8    // more than two have never been seen
	flagBody       = 0x01
	flagClientID   = 0x02
	flagTo         = 0x04
	flagHeaders    = 0x08
	flagMessageID  = 0x10
	flagTimestamp  = 0x20
	flagTimeToLive = 0x40
	flagClientRaw  = 0x01 // second byte: clientId as 16 bytes
	flagMessageRaw = 0x02 // second byte: messageId as 16 bytes
	flagAnswersTo  = 0x01 // correlationId
	flagAnswersRaw = 0x02 // correlationId as 16 bytes
)

// A smallMessage is AsyncMessageExt (DSA), or a class that has a group of flags beyond it: AcknowledgeMessageExt (DSK) with no
// member of its own, CommandMessageExt (DSC) with the operation.
type smallMessage struct {
	own   []string
	group bool
}

// ReadExternal implements External.
func (s smallMessage) ReadExternal(in *ExternalInput) {
	readGroup(in, [][]string{
		{"body", "clientId", "destination", "headers", "messageId", "timestamp", "timeToLive"},
		{"clientId#", "messageId#"}})
	readGroup(in, [][]string{{"correlationId", "correlationId#"}})
	if s.group {
		readGroup(in, [][]string{s.own})
	}
}

// readGroup reads bytes of flags and then the value that each set bit announces, named by known per byte and bit; a # marks
// an identifier as 16 bytes. What is not known is read and dropped, as every implementation does.
func readGroup(in *ExternalInput, known [][]string) {
	for i, flags := range readFlags(in) {
		var names []string
		if i < len(known) {
			names = known[i]
		}
		for bit := range max(flagBits, len(names)) {
			switch {
			case flags>>bit&1 == 0:
			case bit >= len(names):
				in.Drop()
			case strings.HasSuffix(names[bit], "#"):
				in.UUID(strings.TrimSuffix(names[bit], "#"))
			default:
				in.Value(names[bit])
			}
		}
	}
}

func readFlags(in *ExternalInput) []byte {
	var flags []byte
	for len(flags) < maxFlagBytes {
		b := in.take(1, "the flags of a small message")
		if in.err != nil {
			return nil
		}
		flags = append(flags, b[0]&^flagMore)
		if b[0]&flagMore == 0 {
			return flags
		}
	}
	in.Fail("more than %d bytes of flags in a small message", maxFlagBytes)
	return nil
}

// A managedProxy is BlazeDS's ManagedObjectProxy: a count, then keys and values.
type managedProxy struct{}

// ReadExternal implements External.
func (managedProxy) ReadExternal(in *ExternalInput) {
	n := int32(in.number(4, "the count of members"))
	if in.err == nil && (n < 0 || 2*int(n) > in.r.in.Left()) {
		in.Fail("%d members are announced, %d bytes are left", n, in.r.in.Left())
	}
	for range n {
		key := in.begin()
		if in.err == nil && key.Kind != value.KindString {
			in.Fail("the name of a member is a %s", key.Kind)
		}
		if in.err != nil {
			return
		}
		in.Value(key.Text())
	}
}

// uuidGroups are where the dashes of a UUID stand.
var uuidGroups = [...]int{8, 13, 18, 23}

// formatUUID returns the text of 16 bytes, in upper case.
func formatUUID(b []byte) string {
	digits := strings.ToUpper(hex.EncodeToString(b))
	return digits[:8] + "-" + digits[8:12] + "-" + digits[12:16] + "-" + digits[16:20] + "-" + digits[20:]
}

// parseUUID returns the 16 bytes of a UUID in upper case. Other forms stay text, since reading them back would change them.
func parseUUID(s string) ([]byte, bool) {
	if len(s) != 36 || strings.ContainsAny(s, "abcdef") {
		return nil, false
	}
	for _, i := range uuidGroups {
		if s[i] != '-' {
			return nil, false
		}
	}
	b, err := hex.DecodeString(strings.ReplaceAll(s, "-", ""))
	return b, err == nil && len(b) == 16
}
