package amf

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/patchbay-go/patchbay/core"
)

// fixed is a source of ids that gives one and the same, D1D1D1D1-D1D1-41D1-91D1-D1D1D1D1D1D1.
type fixed byte

func (f fixed) Read(b []byte) (int, error) {
	copy(b, bytes.Repeat([]byte{byte(f)}, len(b)))
	return len(b), nil
}

const (
	madeBytes = `D1D1D1D1D1D141D191D1D1D1D1D1D1D1`
	madeText  = `"D1D1D1D1-D1D1-41D1-91D1-D1D1D1D1D1D1"`
	// The bubble's time when it begins, 946684800000 milliseconds, as a double.
	startTime = `426B8D59F5800000`
	endTime   = `426B8D59FADF0000` // 11 seconds later
)

// frameBytes reads bytes as tests write them: hexadecimal digits, and text in quotes. What is in brackets is for people.
func frameBytes(t testing.TB, text string) []byte {
	t.Helper()
	var b []byte
	for i, part := range strings.Split(text, `"`) {
		if i%2 == 1 {
			b = append(b, part...)
			continue
		}
		for {
			before, rest, found := strings.Cut(part, "[")
			digits, err := hex.DecodeString(strings.Join(strings.Fields(before), ""))
			if err != nil {
				t.Fatalf("%q: %v", before, err)
			}
			b = append(b, digits...)
			if !found {
				break
			}
			_, part, _ = strings.Cut(rest, "]")
		}
	}
	return b
}

// The bytes of a whole stream, as BlazeDS sends them: 81 bytes for the first message to a client that knows small messages, 76 for what
// was published; and in full.
func TestStreamBytes(t *testing.T) {
	const (
		smallOpen = `"51" 0D0A  0A 07 07 "DSK" A1 02 [flags]  06 49 ` + madeText + ` [body: the stream's id]
			05 ` + startTime + ` [timestamp]  0C 21 ` + madeBytes + ` [messageId]  01 06 09 "open" [correlationId]  00 [DSK's own flags] `
		smallMessage = `"4c" 0D0A  0A 07 07 "DSA" A5 03 [flags]  06 15 "hello all!" [body]  06 11 "messages" [destination]  05 ` + startTime + `
			0C 21 6F0A1B2C000000000000000000000001 [clientId]  0C 21 0A0B0C0D000000000000000000000002 [messageId]  00 [no correlationId] `
		members = ` 09 "body" 11 "clientId" 1B "correlationId" 17 "destination" 0F "headers" 13 "messageId" 13 "timestamp" 15 "timeToLive" `
		none    = ` 01 `
		noLimit = ` 05 0000000000000000 `

		fullOpen = `"c3" 0D0A  0A 81 03 55 "flex.messaging.messages.AcknowledgeMessage" ` + members + ` 06 49 ` + madeText + none + ` 06 09 "open" ` + none + `
			0A 0B 01 01 [headers]  06 12 [messageId: the same text as the body]  05 ` + startTime + noLimit
		fullMessage = `"f0" 0D0A  0A 81 03 49 "flex.messaging.messages.AsyncMessage" ` + members + ` 06 15 "hello all!"
			06 49 "6F0A1B2C-0000-0000-0000-000000000001" ` + none + ` 06 11 "messages"  0A 0B 01 01  06 49 "0A0B0C0D-0000-0000-0000-000000000002"
			05 ` + startTime + noLimit
		fullEnd = `"c5" 0D0A  0A 81 13 4D "flex.messaging.messages.CommandMessage" ` + members + ` 13 "operation" ` + none + none + none + none + `
			0A 0B 01 01  06 49 ` + madeText + ` 05 ` + endTime + noLimit + ` 04 0C [12: disconnect] `
		beats = ` 00 00 `
		end   = ` 0D0A `
	)
	for _, c := range []struct {
		name    string
		version string // of small messages, that the client understands
		opts    Options
		want    string
	}{
		{"small", "1", Options{}, smallOpen + end + smallMessage + end + beats + fullEnd + end},
		{"full", "0", Options{}, fullOpen + end + fullMessage + end + beats + fullEnd + end},
		{"small messages switched off", "1", Options{NoSmallMessages: true}, fullOpen + end + fullMessage + end + beats + fullEnd + end},
		{"as AmFast", "0", Options{NoFrameEnd: true}, fullOpen + fullMessage + beats + fullEnd},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c.opts.Random = fixed(0xD1)
				h := newStreamHouse(t, &c.opts, &core.Destination{Name: "messages"})
				id := h.ping(c.version)
				h.subscribe(id, "6F0A1B2C-0000-0000-0000-000000000001", "messages", "")
				s := h.open(id)
				h.publish(&core.Publication{Topic: core.Topic{Destination: "messages"}, Body: "hello all!", MessageID: "0A0B0C0D-0000-0000-0000-000000000002"})
				time.Sleep(11 * time.Second)
				if err := h.set.Disconnect(t.Context(), h.conn(id)); err != nil {
					t.Fatal(err)
				}
				<-s.ended
				if want := frameBytes(t, c.want); !bytes.Equal(s.out, want) {
					t.Errorf("got\n%s\nwant\n%s", hex.Dump(s.out), hex.Dump(want))
				}
			})
		})
	}
}
