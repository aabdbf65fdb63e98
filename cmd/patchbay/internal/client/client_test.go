package client

import (
	"encoding/binary"
	"errors"
	"regexp"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"github.com/patchbay-go/patchbay/core/value"
	"github.com/patchbay-go/patchbay/wire/amf"
)

func TestProtocolOf(t *testing.T) {
	for address, want := range map[string]string{
		"http://h/rpc": JSONRPC, "http://h/api/jsonrpc": JSONRPC, "http://h/RPC?x=/amf": JSONRPC, "http://h/amf": Remoting,
		"http://h/": Remoting, "http://h": Remoting, "ws://h/rpc": WebSocket, "http://h/rpc/amf": Remoting, "http://h/messagebroker/amf": Remoting,
	} {
		if got := callProtocolOf(address); got != want {
			t.Errorf("callProtocolOf(%q) = %q, want %q", address, got, want)
		}
	}
}

func TestMessageID(t *testing.T) {
	form := regexp.MustCompile(`^[0-9A-F]{8}-[0-9A-F]{4}-4[0-9A-F]{3}-[89AB][0-9A-F]{3}-[0-9A-F]{12}$`)
	first, second := messageID(), messageID()
	if !form.MatchString(first) || first == second {
		t.Errorf("got %s and %s, want two different UUIDs of version 4 in upper case", first, second)
	}
}

// The two shapes of requests are what Flash Player writes: AMF0 specification, section 4; AMF3 behind the marker 0x11.
func TestWritePacket(t *testing.T) {
	args, err := arguments([]jsontext.Value{jsontext.Value("1"), jsontext.Value(`"x"`)})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name    string
		version uint16
		value   string
	}{
		{"AMF0", 0, "\x0a\x00\x00\x00\x02" + "\x00\x3f\xf0\x00\x00\x00\x00\x00\x00" + "\x02\x00\x01x"},
		{"AMF3", 3, "\x0a\x00\x00\x00\x02" + "\x11\x04\x01" + "\x11\x06\x03x"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := writePacket(c.version, nil, "a.b", args)
			if err != nil {
				t.Fatal(err)
			}
			want := packetOf(c.version, "a.b", "/1", c.value)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// packetOf returns a packet of one body.
func packetOf(version uint16, target, response, v string) []byte {
	b := binary.BigEndian.AppendUint16(nil, version)
	b = append(b, 0, 0, 0, 1)
	for _, s := range []string{target, response} {
		b = append(binary.BigEndian.AppendUint16(b, uint16(len(s))), s...)
	}
	return append(binary.BigEndian.AppendUint32(b, uint32(len(v))), v...)
}

func TestReadAnswer(t *testing.T) {
	header := "\x00\x00\x00\x01\x00\x01h\x00\xff\xff\xff\xff\x01\x01" // a header "h": true
	for _, c := range []struct {
		name   string
		unit   string
		failed bool
		want   string // JSON
		err    string
	}{
		{name: "result", unit: string(packetOf(0, "/1/onResult", "null", "\x02\x00\x01x")), want: `"x"`},
		{name: "AMF3 result", unit: string(packetOf(3, "/1/onResult", "", "\x11\x06\x03x")), want: `"x"`},
		{name: "status", unit: string(packetOf(0, "/1/onStatus", "", "\x05")), failed: true, want: `null`},
		{name: "status of nobody", unit: string(packetOf(0, "/onStatus", "", "\x05")), failed: true, want: `null`},
		{name: "behind a header", unit: header + string(packetOf(0, "/1/onResult", "", "\x05"))[4:], want: `null`},
		{name: "lying length", unit: strings.Replace(string(packetOf(0, "/1/onResult", "", "\x05")), "\x00\x00\x00\x01\x05", "\xff\xff\xff\xff\x05", 1), want: `null`},
		{name: "of another call", unit: string(packetOf(0, "/2/onResult", "", "\x05")), err: "none of its 1 bodies answers /1"},
		{name: "none", unit: "\x00\x00\x00\x00\x00\x00", err: "none of its 0 bodies answers /1"},
		{name: "cut off", unit: string(packetOf(0, "/1/onResult", "", "\x02\x00\x05x")), err: "at byte"},
		{name: "empty", unit: "", err: "the version"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a, err := readAnswer([]byte(c.unit))
			if err != nil || c.err != "" {
				if err == nil || c.err == "" || !strings.Contains(err.Error(), c.err) {
					t.Errorf("got error %v, want %q", err, c.err)
				}
				return
			}
			got, err := text(a.value)
			if err != nil || string(got) != c.want || a.failed != c.failed {
				t.Errorf("got %s, %v, failed %v; want %s, %v", got, err, a.failed, c.want, c.failed)
			}
		})
	}
}

// Servers give their faults different members.
func TestFaultOf(t *testing.T) {
	for _, c := range []struct {
		server  string
		members value.Members
		want    Fault
	}{
		{"a Flex server", value.Members{{Name: "faultCode", Value: "Server.Processing"}, {Name: "faultString", Value: "no"}, {Name: "message", Value: "x"}},
			Fault{"Server.Processing", "no"}},
		{"Py3AMF", value.Members{{Name: "level", Value: "error"}, {Name: "code", Value: "KeyError"}, {Name: "description", Value: "no"}},
			Fault{"KeyError", "no"}},
		{"BlazeDS", value.Members{{Name: "code", Value: "Server.Processing"}, {Name: "message", Value: "no"}, {Name: "details", Value: nil}},
			Fault{"Server.Processing", "no"}},
		{"a number for a code", value.Members{{Name: "code", Value: 7.0}, {Name: "message", Value: ""}, {Name: "details", Value: "no"}}, Fault{"7", "no"}},
		{"nothing", value.Members{}, Fault{}},
	} {
		t.Run(c.server, func(t *testing.T) {
			w := amf.NewWriter(nil)
			if err := value.NewEncoder(w, nil, value.Limits{}).Encode(c.members); err != nil {
				t.Fatal(err)
			}
			a, err := readAnswer(packetOf(0, "/1/onStatus", "", string(w.Bytes())))
			if err != nil {
				t.Fatal(err)
			}
			got, ok := errors.AsType[*Fault](faultOf(a.value))
			if !ok || *got != c.want {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

// Whatever a server answers, there is a result or an error.
func FuzzReadAnswer(f *testing.F) {
	f.Add(packetOf(0, "/1/onResult", "null", "\x02\x00\x01x"))
	f.Add(packetOf(3, "/1/onStatus", "", "\x11\x0a\x0b\x01\x09code\x06\x03x\x01"))
	f.Add(packetOf(3, "/1/onResult", "", "\x11\x09\x03\x01\x09\x00")) // a list that holds itself
	f.Fuzz(func(t *testing.T, unit []byte) {
		a, err := readAnswer(unit)
		if err != nil {
			return
		}
		if result, err := text(a.value); err == nil && !result.IsValid() {
			t.Errorf("the result is no JSON: %q", result)
		}
		_ = faultOf(a.value)
		var ack acknowledgement
		_ = a.value.Bind(&ack)
	})
}
