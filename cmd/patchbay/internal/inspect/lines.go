package inspect

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/patchbay-go/patchbay/core/value"
	"github.com/patchbay-go/patchbay/wire/amf/syntax"
)

// A line is one line of input. Other keys are passed over, so that a line of a vector file will do.
type line struct {
	Name json.RawMessage `json:"name"` // comes back as it is
	Kind string          `json:"kind"`
	Hex  *string         `json:"hex"`
	Desc json.RawMessage `json:"desc"`
}

// An answerer answers lines.
type answerer struct {
	// answer writes the members of an answer that come after the name, without the braces.
	answer  func(l *line, w *bufio.Writer) error
	offsets bool // errors are about bytes, and say where
}

// run answers each line, and flushes before it reads the next, so that a program at the other end of a pipe may wait for it.
// Errors are those of r and w.
func (a answerer) run(r io.Reader, w io.Writer) error {
	in := bufio.NewReaderSize(r, 64<<10)
	out := bufio.NewWriterSize(w, 64<<10)
	for {
		text, tooLong, err := readLine(in)
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		if len(text) > 0 || tooLong {
			a.write(out, text, tooLong)
			if err := out.Flush(); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
	}
}

// readLine returns the next line without white space around it; of a line longer than maxInput nothing but that. The error may
// come with a last line.
func readLine(in *bufio.Reader) (text []byte, tooLong bool, err error) {
	for {
		part, err := in.ReadSlice('\n')
		if !tooLong {
			text = append(text, part...)
		}
		if len(text) > maxInput {
			text, tooLong = nil, true
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return bytes.TrimSpace(text), tooLong, err
		}
	}
}

// write writes one answer. Errors of w stay in it.
func (a answerer) write(w *bufio.Writer, text []byte, tooLong bool) {
	var l line
	var err error
	if tooLong {
		err = fmt.Errorf("the line has more than %d bytes", maxInput)
	} else if err = json.Unmarshal(text, &l); err != nil {
		err = fmt.Errorf("the line is no JSON object with name, kind and hex or desc: %w", err)
	}
	name := l.Name
	if name == nil {
		name = json.RawMessage("null")
	}
	fmt.Fprintf(w, `{"name":%s,`, name)
	if err == nil {
		err = a.answer(&l, w)
	}
	if err != nil {
		a.writeError(w, err)
	}
	w.WriteString("}\n") //nolint:errcheck // Flush returns it
}

// writeError writes why there is nothing else to answer. Where no byte is to blame nothing could be read, so the offset is 0.
func (a answerer) writeError(w *bufio.Writer, err error) {
	offset := 0
	text := err.Error()
	if e, ok := errors.AsType[*value.Error](err); ok {
		offset = max(e.Offset, 0)
		text = strings.TrimPrefix(e.Path+": "+e.Err.Error(), ": ")
	}
	fmt.Fprintf(w, `"error":%s`, quote(text))
	if a.offsets {
		fmt.Fprintf(w, `,"offset":%d`, offset)
	}
}

// decodeLine answers a line with bytes by their description. The description is written only when all bytes could be read; it
// goes out while it is made, since it may be much longer than the bytes.
func (f *decodeFlags) decodeLine(l *line, w *bufio.Writer) error {
	kind, err := syntax.ParseKind(l.Kind)
	if err != nil {
		return err
	}
	if l.Hex == nil {
		return errors.New(`the line has no "hex"`)
	}
	data := make([]byte, hex.DecodedLen(len(*l.Hex)))
	n, err := hex.Decode(data, []byte(*l.Hex))
	if err != nil {
		return &value.Error{Offset: n, Err: hexError(err)}
	}
	doc, err := syntax.Parse(kind, data, f.options())
	if err != nil {
		return err
	}
	w.WriteString(`"desc":`) //nolint:errcheck // Flush returns it
	doc.WriteDescription(w)  //nolint:errcheck // as above
	return nil
}

// encodeLine answers a line with a description by bytes.
func encodeLine(l *line, w *bufio.Writer) error {
	kind, err := syntax.ParseKind(l.Kind)
	if err != nil {
		return err
	}
	if l.Desc == nil {
		return errors.New(`the line has no "desc"`)
	}
	data, err := encode(kind, l.Desc)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, `"hex":"%x"`, data)
	return nil
}

// quote returns text as a JSON string.
func quote(text string) []byte {
	quoted, err := json.Marshal(text)
	if err != nil {
		panic(err) // a string can always be written
	}
	return quoted
}
