package amf

import (
	"encoding/hex"
	"slices"
	"strings"

	"github.com/patchbay-go/patchbay/core/value"
	"github.com/patchbay-go/patchbay/wire/amf/internal/raw"
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

const (
	flagMore     = 0x80 // another byte of flags follows
	flagBits     = 6    // bits of a byte that can announce a value that we do not know
	maxFlagBytes = 8    // more than two have never been seen
)

// messageFlags and asyncFlags return the members that small messages have, by byte and bit of the flags that announce them,
// from the lowest up: BlazeDS's AbstractMessage.java and AsyncMessage.java. A # marks an identifier as 16 bytes.
func messageFlags() [][]string {
	return [][]string{{"body", "clientId", "destination", "headers", "messageId", "timestamp", "timeToLive"},
		{"clientId#", "messageId#"}}
}

func asyncFlags() [][]string { return [][]string{{"correlationId", "correlationId#"}} }

// A smallMessage is AsyncMessageExt (DSA), or a class that has a group of flags beyond it: AcknowledgeMessageExt (DSK) with no
// member of its own, CommandMessageExt (DSC) with the operation.
type smallMessage struct {
	own   []string
	group bool
}

// ReadExternal implements External.
func (s smallMessage) ReadExternal(in *ExternalInput) {
	readGroup(in, messageFlags())
	readGroup(in, asyncFlags())
	if s.group {
		readGroup(in, [][]string{s.own})
	}
}

// WriteExternal implements External.
func (s smallMessage) WriteExternal(out *ExternalOutput) {
	writeGroup(out, messageFlags())
	writeGroup(out, asyncFlags())
	if s.group {
		writeGroup(out, [][]string{s.own})
	}
}

// readGroup reads bytes of flags and then the value that each set bit announces. What is not known is read and dropped, as
// every implementation does.
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
		b := in.Raw(1)
		if len(b) == 0 {
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

// writeGroup writes bytes of flags and then the members that are there. An identifier goes as 16 bytes where that loses nothing.
func writeGroup(out *ExternalOutput, known [][]string) {
	flags := make([]byte, len(known))
	last := 0
	for i, names := range known {
		for bit, name := range names {
			if announces(out, known, name) {
				flags[i] |= 1 << bit
				last = i
			}
		}
	}
	for i := range last {
		flags[i] |= flagMore
	}
	out.Raw(flags[:last+1]...)
	for i, names := range known {
		for bit, name := range names {
			if flags[i]>>bit&1 == 0 {
				continue
			}
			if plain, asBytes := strings.CutSuffix(name, "#"); asBytes {
				out.UUID(plain)
			} else {
				out.Value(plain)
			}
		}
	}
}

// announces reports whether the object has the member that a flag stands for, in the flag's form. Times of 0 are as good as none.
func announces(out *ExternalOutput, known [][]string, name string) bool {
	plain, asBytes := strings.CutSuffix(name, "#")
	if t, _ := out.find(plain); plain == "timestamp" || plain == "timeToLive" {
		if bits, ok := float64Of(&t); ok && bits == 0 {
			return false
		}
	}
	hasBoth := slices.ContainsFunc(known, func(names []string) bool { return slices.Contains(names, plain+"#") })
	return out.Has(plain) && asBytes == (hasBoth && out.IsUUID(plain))
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

// WriteExternal implements External.
func (managedProxy) WriteExternal(out *ExternalOutput) {
	out.uint32(uint32(len(out.members)))
	for _, m := range out.members {
		out.Raw(raw.String3)
		if out.err == nil {
			out.keep(out.w.string3(m.name))
		}
		out.value(m.at)
	}
}

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
	for _, i := range [...]int{8, 13, 18, 23} {
		if s[i] != '-' {
			return nil, false
		}
	}
	b, err := hex.DecodeString(strings.ReplaceAll(s, "-", ""))
	return b, err == nil && len(b) == 16
}
