package amf

import (
	"bytes"
	"encoding/hex"
	"strconv"
	"strings"
	"testing"

	"github.com/patchbay-go/patchbay/core/value"
	wire "github.com/patchbay-go/patchbay/wire/amf"
)

// The forms of a request's value.
const (
	formEach3 = "each3" // a strict array whose items are AMF3, as Flash sends it
	formList3 = "list3" // an AMF3 array, as Royale and BlazeDS's AMFConnection send it
	formLone3 = "lone3" // an AMF3 value alone
	formAMF0  = "amf0"  // an AMF0 value: a strict array, or something alone
	formHex   = "hex"   // bytes
)

// A packetBuilder writes a request.
type packetBuilder struct {
	t              testing.TB
	version        string
	claimed        uint32
	claims         bool
	headers, bodys int
	head, rest     bytes.Buffer
	raw            []byte
}

// buildPacket returns the packet of a request; what the transport says of it is for transport.
func buildPacket(t testing.TB, request []string, transport func(word, rest string)) []byte {
	t.Helper()
	b := packetBuilder{t: t}
	for _, entry := range request {
		switch word, rest, _ := strings.Cut(entry, " "); word {
		case "cookie", "url", "channel":
			transport(word, rest)
		default:
			b.add(word, rest)
		}
	}
	return b.bytes()
}

func (b *packetBuilder) add(word, rest string) {
	b.t.Helper()
	switch word {
	case "packet":
		b.version = rest
	case "lengths":
		b.claimed, b.claims = uint32(must(strconv.ParseUint(rest, 10, 32))), true
	case "header":
		name, rest, _ := strings.Cut(rest, " ")
		text, mustUnderstand := strings.CutPrefix(rest, "must ")
		b.headers++
		putUTF(&b.head, name)
		b.head.WriteByte(map[bool]byte{true: 1}[mustUnderstand])
		b.sized(&b.head, encodeForm(b.t, formAMF0, text))
	case "body":
		f := strings.SplitN(rest, " ", 4)
		if len(f) < 4 {
			b.t.Fatalf("body %s: target, response, form and value are needed", rest)
		}
		b.bodys++
		putUTF(&b.rest, strings.Trim(f[0], `"`))
		putUTF(&b.rest, strings.Trim(f[1], `"`))
		b.sized(&b.rest, encodeForm(b.t, f[2], f[3]))
	case "hex":
		b.raw = append(b.raw, unhex(b.t, rest)...)
	case "text":
		b.raw = append(b.raw, rest...)
	default:
		b.t.Fatalf("unknown entry %q", word)
	}
}

func (b *packetBuilder) sized(w *bytes.Buffer, v []byte) {
	n := uint32(len(v))
	if b.claims {
		n = b.claimed
	}
	w.Write([]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)})
	w.Write(v)
}

func (b *packetBuilder) bytes() []byte {
	if b.version == "" {
		return b.raw
	}
	unit := []byte{0, byte(must(strconv.Atoi(b.version)))}
	unit = append(unit, 0, byte(b.headers))
	unit = append(unit, b.head.Bytes()...)
	unit = append(unit, 0, byte(b.bodys))
	unit = append(unit, b.rest.Bytes()...)
	return append(unit, b.raw...)
}

func putUTF(w *bytes.Buffer, s string) {
	w.Write([]byte{byte(len(s) >> 8), byte(len(s))})
	w.WriteString(s)
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.Join(strings.Fields(s), ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// encodeForm encodes the value of a header or body.
func encodeForm(t testing.TB, form, text string) []byte {
	t.Helper()
	if form == formHex {
		return unhex(t, text)
	}
	v := lengthen(parseValue(t, text))
	w := wire.NewWriter(nil)
	encode := func(v any) {
		if err := value.NewEncoder(w, nil, value.Limits{}).Encode(v); err != nil {
			t.Fatal(err)
		}
	}
	switch list, _ := v.([]any); form {
	case formList3, formLone3:
		w.BehindMarker()
		encode(v)
	case formAMF0:
		encode(v)
	case formEach3:
		w.Byte(0x0A)
		w.Uint32(uint32(len(list)))
		for _, item := range list {
			w.NewTables()
			w.BehindMarker()
			encode(item)
		}
	default:
		t.Fatalf("unknown form %q", form)
	}
	return w.Bytes()
}
