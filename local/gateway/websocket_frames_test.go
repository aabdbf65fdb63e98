package gateway

import (
	"bytes"
	"encoding/binary"
	"testing"
)

// frameBytes returns one frame of a client, RFC 6455, section 5.2, with a mask of zeros.
func frameBytes(first byte, length int) []byte {
	b := []byte{first}
	switch {
	case length < 126:
		b = append(b, 0x80|byte(length))
	case length < 1<<16:
		b = binary.BigEndian.AppendUint16(append(b, 0x80|126), uint16(length))
	default:
		b = binary.BigEndian.AppendUint64(append(b, 0x80|127), uint64(length))
	}
	return append(b, make([]byte, 4+length)...)
}

// The first byte of frames: the last or only one, one before others, one between, the last of several, a ping.
const (
	wholeText = 0x81
	firstText = 0x01
	nextPart  = 0x00
	lastPart  = 0x80
	ping      = 0x89
)

func TestFrameWatch(t *testing.T) {
	for _, row := range []struct {
		name   string
		frames [][]byte
		begun  int64
		over   int64
	}{
		{name: "nothing"},
		{name: "short messages", frames: [][]byte{frameBytes(wholeText, 0), frameBytes(wholeText, 125), frameBytes(0x82, 126)}, begun: 3},
		{name: "as long as may be", frames: [][]byte{frameBytes(wholeText, 1000)}, begun: 1},
		{name: "one byte more", frames: [][]byte{frameBytes(wholeText, 3), frameBytes(wholeText, 1001)}, begun: 2, over: 2},
		{name: "several frames", frames: [][]byte{frameBytes(firstText, 1000), frameBytes(nextPart, 1000), frameBytes(lastPart, 1000), frameBytes(wholeText, 1)}, begun: 2},
		{name: "a later frame", frames: [][]byte{frameBytes(wholeText, 1), frameBytes(firstText, 1), frameBytes(lastPart, 70_000), frameBytes(wholeText, 2000)}, begun: 3, over: 2},
		{name: "pings begin no message", frames: [][]byte{frameBytes(ping, 5), frameBytes(firstText, 1), frameBytes(ping, 0), frameBytes(lastPart, 1)}, begun: 1},
		{name: "a length without end", frames: [][]byte{{wholeText, 127, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 2, 3}}, begun: 1, over: 1},
		{name: "half a header", frames: [][]byte{{wholeText, 0xff, 0, 0}}},
	} {
		t.Run(row.name, func(t *testing.T) {
			stream := bytes.Join(row.frames, nil)
			for piece := 1; piece <= len(stream)+1; piece = piece*3 + 1 {
				f := &frameWatch{limit: 1000}
				for at := 0; at < len(stream); at += piece {
					f.watch(stream[at:min(at+piece, len(stream))])
				}
				if f.begun != row.begun || f.firstOver.Load() != row.over {
					t.Errorf("in pieces of %d: %d begun and %d too long, want %d and %d", piece, f.begun, f.firstOver.Load(), row.begun, row.over)
				}
			}
		})
	}
}

// FuzzFrameWatch finds the same in a stream however it is cut, and never reads outside a header.
func FuzzFrameWatch(f *testing.F) {
	f.Add(bytes.Join([][]byte{frameBytes(firstText, 200), frameBytes(ping, 3), frameBytes(lastPart, 1200)}, nil), byte(7))
	f.Add([]byte{wholeText, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, byte(1))
	f.Fuzz(func(t *testing.T, stream []byte, piece byte) {
		whole, cut := &frameWatch{limit: 1000}, &frameWatch{limit: 1000}
		whole.watch(stream)
		for len(stream) > 0 {
			n := min(int(piece)+1, len(stream))
			cut.watch(stream[:n])
			stream = stream[n:]
		}
		if whole.begun != cut.begun || whole.firstOver.Load() != cut.firstOver.Load() || whole.payload != cut.payload || whole.have != cut.have {
			t.Errorf("whole: %+v, in pieces of %d: %+v", whole, int(piece)+1, cut)
		}
	})
}

// FuzzWebSocketAnswer reads what functions answer: what is taken has a status code that HTTP knows.
func FuzzWebSocketAnswer(f *testing.F) {
	f.Add([]byte(`{"statusCode":"200","headers":{"a":1},"multiValueHeaders":{"b":["c"]},"body":"eA==","isBase64Encoded":true}`))
	f.Add([]byte(`{"statusCode":1e9}`))
	f.Fuzz(func(t *testing.T, payload []byte) {
		answer, err := readWebSocketAnswer(payload)
		if err == nil && (answer.status < 200 || answer.status > 599) {
			t.Errorf("%q: status %d", payload, answer.status)
		}
	})
}

// FuzzRouteSelection reads messages of clients: only a name that the message has in that place is a key.
func FuzzRouteSelection(f *testing.F) {
	selection, err := ParseRouteSelection("$request.body.service.do")
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte(`{"service":{"do":"join"}}`))
	f.Add([]byte(`{"service":[{"do":null}]}`))
	f.Fuzz(func(t *testing.T, message []byte) {
		if key := selection.key(message); key != "" && !bytes.Contains(message, []byte("service")) && !bytes.ContainsAny(message, "\\sS") {
			t.Errorf("%q: key %q", message, key)
		}
	})
}
