package client

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

var frameStreams = []struct {
	name, stream string
	want         []string
	err          string // in it; empty: io.EOF
}{
	{name: "one", stream: "3\r\nabc\r\n", want: []string{"abc"}},
	{name: "as AmFast writes them", stream: "3\r\nabc2\r\nde", want: []string{"abc", "de"}},
	{name: "as BlazeDS writes them", stream: "3\r\nabc\r\n2\r\nde\r\n", want: []string{"abc", "de"}},
	{name: "long", stream: "1e\r\n" + strings.Repeat("x", 30), want: []string{strings.Repeat("x", 30)}},
	{name: "capitals and zeros", stream: "0001E\r\n" + strings.Repeat("x", 30), want: []string{strings.Repeat("x", 30)}},
	{name: "heartbeats", stream: "\x00\x003\r\nabc\r\n\x00\x00\x002\r\nde\x00", want: []string{"abc", "de"}},
	{name: "kick-start", stream: "4\r\n\x00\x00\x00\x00\r\n3\r\nabc", want: []string{"abc"}},
	{name: "AmFast's kick-start", stream: strings.Repeat("\x00", 2048) + "3\r\nabc", want: []string{"abc"}},
	{name: "what looks like an end is content", stream: "5\r\n\r\n3\r\n", want: []string{"\r\n3\r\n"}},
	{name: "empty frame", stream: "0\r\n\r\n3\r\nabc", want: []string{"abc"}},
	{name: "nothing"},
	{name: "cut off in the length", stream: "3", err: "unexpected EOF"},
	{name: "cut off behind it", stream: "3\r", err: "unexpected EOF"},
	{name: "cut off in the content", stream: "3\r\nab", err: "unexpected EOF"},
	{name: "no length", stream: "3\r\nabcx", want: []string{"abc"}, err: `'x' is no length`},
	{name: "LF alone", stream: "3\nabc", err: `'\n' is no length`},
	{name: "CR alone", stream: "3\rabc", err: `'a' stands behind`},
	{name: "too long", stream: "65\r\n", err: "more than 100 bytes"},
	{name: "much too long", stream: "ffffffffffffffff\r\n", err: "more than 100 bytes"},
	{name: "endless zeros", stream: strings.Repeat("0", 1000), err: "more than 100 bytes"},
}

func readFrames(r io.Reader) (frames []string, err error) {
	f := newFrameReader(r, 100)
	for {
		frame, err := f.next()
		if err != nil {
			return frames, err
		}
		frames = append(frames, string(frame))
	}
}

func TestFrameReader(t *testing.T) {
	for _, c := range frameStreams {
		t.Run(c.name, func(t *testing.T) {
			for _, r := range []io.Reader{strings.NewReader(c.stream), iotest.OneByteReader(strings.NewReader(c.stream))} {
				got, err := readFrames(r)
				if diff := cmp.Diff(c.want, got); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
				if c.err == "" && err != io.EOF || c.err != "" && !strings.Contains(err.Error(), c.err) {
					t.Errorf("got error %v, want %q", err, c.err)
				}
			}
		})
	}
}

// Whatever comes, no frame is longer than the limit, and what is read and written anew reads the same.
func FuzzFrameReader(f *testing.F) {
	for _, c := range frameStreams {
		f.Add(c.stream)
	}
	f.Fuzz(func(t *testing.T, stream string) {
		frames, err := readFrames(strings.NewReader(stream))
		if _, ok := errors.AsType[*frameError](err); !ok && err != io.EOF && err != io.ErrUnexpectedEOF {
			t.Fatal(err)
		}
		var b strings.Builder
		for _, frame := range frames {
			if len(frame) > 100 || frame[0] == 0 {
				t.Errorf("a frame is %q", frame)
			}
			fmt.Fprintf(&b, "%x\r\n%s\r\n\x00", len(frame), frame)
		}
		again, err := readFrames(strings.NewReader(b.String()))
		if diff := cmp.Diff(frames, again); diff != "" || err != io.EOF {
			t.Errorf("error %v (-read +read again):\n%s", err, diff)
		}
	})
}
