package client

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// The rules of HTML Standard, section 9.2.6, and its examples.
var eventStreams = []struct {
	name, stream string
	want         []event
}{
	{"one line", "data: a\n\n", []event{{data: "a"}}},
	{"several lines", "data: YHOO\ndata: +2\ndata: 10\n\n", []event{{data: "YHOO\n+2\n10"}}},
	{"comment, id, no id, an empty one", ": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n",
		[]event{{id: "1", data: "first event"}, {data: "second event"}, {data: " third event"}}},
	{"an id stays", "id: 1\ndata: a\n\ndata: b\n\n", []event{{id: "1", data: "a"}, {id: "1", data: "b"}}},
	{"an id without data stays too", "id: 7\n\ndata: a\n\n", []event{{id: "7", data: "a"}}},
	{"fields without a colon", "data\n\ndata\ndata\n\ndata:", []event{{data: ""}, {data: "\n"}}},
	{"one space alone is taken off", "data:test\n\ndata: test\n\n", []event{{data: "test"}, {data: "test"}}},
	{"names", "event: add\ndata: 73857293\n\nevent: remove\ndata: 2153\n\ndata: x\n\n",
		[]event{{name: "add", data: "73857293"}, {name: "remove", data: "2153"}, {data: "x"}}},
	{"a name without data is forgotten", "event: add\n\ndata: x\n\n", []event{{data: "x"}}},
	{"CR", "data: a\r\rdata: b\r\r", []event{{data: "a"}, {data: "b"}}},
	{"CRLF", "data: a\r\ndata: b\r\n\r\n", []event{{data: "a\nb"}}},
	{"mixed ends", "data: a\rdata: b\n\r\n", []event{{data: "a\nb"}}},
	{"byte order mark", "\ufeffdata: a\n\n", []event{{data: "a"}}},
	{"a second byte order mark", "\ufeff\ufeffdata: a\n\ndata: b\n\n", []event{{data: "b"}}},
	{"unfinished", "data: a\n\ndata: b\n", []event{{data: "a"}}},
	{"an id with NUL", "id: 1\nid: a\x00b\ndata: x\n\n", []event{{id: "1", data: "x"}}},
	{"unknown fields", "foo: bar\nData: x\ndata: y\n\n", []event{{data: "y"}}},
	{"a colon in the text", "data: a: b\n\n", []event{{data: "a: b"}}},
	{"no UTF-8", "data: \xff\n\n", []event{{data: "\ufffd"}}},
	{"nothing", "", nil},
}

func readEvents(r io.Reader, limit int) (events []event, e *eventReader, err error) {
	e = newEventReader(r, "", limit)
	for {
		ev, err := e.next()
		if err != nil {
			return events, e, err
		}
		events = append(events, *ev)
	}
}

func TestEventReader(t *testing.T) {
	for _, c := range eventStreams {
		t.Run(c.name, func(t *testing.T) {
			for _, r := range []io.Reader{strings.NewReader(c.stream), iotest.OneByteReader(strings.NewReader(c.stream))} {
				got, _, err := readEvents(r, 1000)
				if diff := cmp.Diff(c.want, got, cmp.AllowUnexported(event{})); diff != "" || err != io.EOF {
					t.Errorf("error %v (-want +got):\n%s", err, diff)
				}
			}
		})
	}
}

func TestRetryTime(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"1500": 1500 * time.Millisecond, "0": 0, "": 0, "-1": 0, "+1": 0, "1.5": 0, "soon": 0, "99999999999": 0,
	} {
		if _, e, _ := readEvents(strings.NewReader("retry: "+text+"\n"), 1000); e.retry != want {
			t.Errorf("retry: %s: got %v, want %v", text, e.retry, want)
		}
	}
}

// A CR ends a line at once: what follows may take a long time.
func TestEventReaderDoesNotWait(t *testing.T) {
	r, w := io.Pipe()
	go func() { _, _ = io.WriteString(w, "data: a\r\r") }()
	if got, err := newEventReader(r, "", 100).next(); err != nil || got.data != "a" {
		t.Errorf("got %v, %v", got, err)
	}
}

// Where a stream breaks off, the id that counts is that of the last event that was whole.
func TestLastID(t *testing.T) {
	for stream, want := range map[string]string{
		"": "0", "id: 1\ndata: a\n\n": "1", "id: 1\n\n": "1", "id: 1\ndata: a\n": "0", "id\n\n": "", "data: a\n\n": "0",
	} {
		e := newEventReader(strings.NewReader(stream), "0", 100)
		for {
			if _, err := e.next(); err != nil {
				break
			}
		}
		if e.lastID != want {
			t.Errorf("%q: got %q, want %q", stream, e.lastID, want)
		}
	}
}

func TestLongEvents(t *testing.T) {
	for name, stream := range map[string]string{
		"a line":           "data: " + strings.Repeat("x", 100),
		"many lines":       strings.Repeat("data: xxxxx\n", 10),
		"a comment of one": ":" + strings.Repeat("x", 100),
		"many comments":    strings.Repeat(": xxxxxxxxx\n", 10),
	} {
		if _, _, err := readEvents(strings.NewReader(stream), 99); !errors.Is(err, errEventTooLong) {
			t.Errorf("%s: got %v, want that it is too long", name, err)
		}
	}
	comments := strings.Repeat(": a heartbeat\n\n", 100) + "data: x\n\n"
	if got, _, err := readEvents(strings.NewReader(comments), 99); len(got) != 1 || err != io.EOF {
		t.Errorf("heartbeats: got %v, %v", got, err)
	}
}

// Whatever comes, nothing is longer than the limit, and what is read and written anew reads the same.
func FuzzEventReader(f *testing.F) {
	for _, c := range eventStreams {
		f.Add(c.stream)
	}
	f.Fuzz(func(t *testing.T, stream string) {
		const limit = 200
		events, _, err := readEvents(strings.NewReader(stream), limit)
		if err != io.EOF && !errors.Is(err, errEventTooLong) {
			t.Fatal(err)
		}
		var b strings.Builder
		for _, e := range events {
			if len(e.data) > 3*limit { // a byte that is no UTF-8 becomes three
				t.Errorf("an event has %d bytes", len(e.data))
			}
			if strings.ContainsAny(e.name+e.id+e.data, "\r") {
				t.Errorf("%q has the end of a line in it", e)
			}
			fmt.Fprintf(&b, "event: %s\nid: %s\ndata: %s\n\n", e.name, e.id, strings.ReplaceAll(e.data, "\n", "\ndata: "))
		}
		again, _, err := readEvents(strings.NewReader(b.String()), 10*limit)
		if diff := cmp.Diff(events, again, cmp.AllowUnexported(event{})); diff != "" || err != io.EOF {
			t.Errorf("error %v (-read +read again):\n%s", err, diff)
		}
	})
}
