package packet_test

import (
	"strings"
	"testing"

	"github.com/patchbay-go/patchbay/core/value"
	"github.com/patchbay-go/patchbay/wire/amf"
	"github.com/patchbay-go/patchbay/wire/amf/packet"
)

// whole is a packet with a header and a body, byte by byte.
const whole = "\x00\x03" +
	"\x00\x01" + "\x00\x04Seen" + "\x00" + "\x00\x00\x00\x02" + "\x01\x01" +
	"\x00\x01" + "\x00\x04null" + "\x00\x02/1" + "\x00\x00\x00\x08" + "\x11\x09\x05\x01\x06\x03a\x00"

func TestWrite(t *testing.T) {
	w := amf.NewWriter(nil)
	encode := func(v any) error { return value.NewEncoder(w, nil, value.Limits{}).Encode(v) }
	err := packet.Write(w, &packet.Packet{
		Version: 3, Target: "null", Response: "/1",
		Headers: []packet.Header{{Name: "Seen", Value: func() error { return encode(true) }}},
		Body: func() error {
			w.BehindMarker()
			return encode([]any{"a", value.Undefined})
		},
	})
	if got := string(w.Bytes()); err != nil || got != whole {
		t.Errorf("got %q, %v\nwant %q", got, err, whole)
	}
}

func TestWriteTooLong(t *testing.T) {
	long := strings.Repeat("x", 1<<16)
	nothing := func() error { return nil }
	for name, p := range map[string]*packet.Packet{
		"target":   {Target: long, Body: nothing},
		"response": {Response: long, Body: nothing},
		"header":   {Headers: []packet.Header{{Name: long, Value: nothing}}, Body: nothing},
	} {
		if packet.Write(amf.NewWriter(nil), p) == nil {
			t.Errorf("%s: got no error", name)
		}
	}
}

func read(unit string) (target string, v any, err error) {
	r := amf.NewReader([]byte(unit), nil)
	d := value.NewDecoder(r, nil, value.Limits{})
	bodies, err := packet.ReadHead(r, d)
	if err != nil || bodies == 0 {
		return "", nil, err
	}
	if target, err = packet.ReadBody(r); err != nil {
		return "", nil, err
	}
	return target, v, d.Bind(&v)
}

// A packet is read up to each of its parts, and whatever is cut off is an error.
func TestRead(t *testing.T) {
	target, v, err := read(whole)
	if list, _ := v.([]any); err != nil || target != "null" || len(list) != 2 || list[0] != "a" {
		t.Errorf("got %q, %v, %v", target, v, err)
	}
	for n := range len(whole) {
		if _, _, err := read(whole[:n]); err == nil {
			t.Errorf("cut off at byte %d: got no error", n)
		}
	}
}
