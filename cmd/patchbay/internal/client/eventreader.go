package client

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// An eventReader reads server-sent events: HTML Standard, section 9.2.6.
type eventReader struct {
	r      *bufio.Reader
	max    int           // bytes of one event
	lastID string        // as of the last event, also of one without data
	retry  time.Duration // how long to wait before a lost connection is made again; zero: it was not said

	id    string // of the event that is being read
	begun bool   // what could be a byte order mark is read
	cr    bool   // the last line ended in CR: a LF that follows belongs to it
	line  []byte
}

// An event is one that had data.
type event struct {
	name string // empty: "message"
	id   string
	data string
}

var errEventTooLong = errors.New("a server-sent event is too long")

// newEventReader returns a reader of what comes behind the event with that id, "" for none.
func newEventReader(r io.Reader, lastID string, limit int) *eventReader {
	return &eventReader{r: bufio.NewReader(r), max: limit, lastID: lastID, id: lastID}
}

// next returns the next event, io.EOF at the end. What stands there unfinished is dropped.
func (e *eventReader) next() (*event, error) {
	var name string
	var data strings.Builder
	some := false
	for size := 0; ; {
		line, err := e.readLine()
		if err != nil {
			return nil, err
		}
		if len(line) == 0 {
			e.lastID = e.id
		}
		if len(line) == 0 && some {
			return &event{name, e.lastID, data.String()}, nil
		}
		if len(line) == 0 {
			name, size = "", 0
			continue
		}
		if size += len(line); size > e.max {
			return nil, fmt.Errorf("%w: more than %d bytes", errEventTooLong, e.max)
		}
		switch field, text := splitField(line); field {
		case "data":
			if some {
				data.WriteByte('\n')
			}
			some = true
			data.WriteString(text)
		case "event":
			name = text
		default:
			e.setting(field, text)
		}
	}
}

// setting takes a field that stays for later events. What is no field is a comment, or of a later standard.
func (e *eventReader) setting(field, text string) {
	switch field {
	case "id":
		if !strings.ContainsRune(text, 0) {
			e.id = text
		}
	case "retry":
		if ms, err := strconv.ParseUint(text, 10, 32); err == nil && text[0] != '+' {
			e.retry = time.Duration(ms) * time.Millisecond
		}
	}
}

// splitField takes a line apart; a comment has the field "".
func splitField(line []byte) (field, text string) {
	field, text, _ = strings.Cut(strings.ToValidUTF8(string(line), "\ufffd"), ":")
	return field, strings.TrimPrefix(text, " ")
}

const byteOrderMark = "\ufeff"

// readLine returns a line without its end: CR, LF or both. It does not wait for what follows a CR.
func (e *eventReader) readLine() ([]byte, error) {
	e.line = e.line[:0]
	for {
		b, err := e.r.ReadByte()
		if err != nil {
			return nil, err
		}
		after := e.cr
		e.cr = b == '\r'
		switch {
		case b == '\n' && after:
		case b == '\n', b == '\r':
			return e.withoutMark(), nil
		case len(e.line) >= e.max:
			return nil, fmt.Errorf("%w: a line has more than %d bytes", errEventTooLong, e.max)
		default:
			e.line = append(e.line, b)
		}
	}
}

// withoutMark takes the byte order mark off the first line.
func (e *eventReader) withoutMark() []byte {
	if e.begun {
		return e.line
	}
	e.begun = true
	return []byte(strings.TrimPrefix(string(e.line), byteOrderMark))
}
