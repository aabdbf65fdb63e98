package syntax

import (
	"bufio"
	"encoding/hex"
	"io"
	"math"
	"strconv"
	"unicode/utf8"
)

// A printer writes JSON piece by piece; the first error of the writer below stays, and Flush returns it.
type printer struct {
	*bufio.Writer
	doc *Document
}

// WriteDescription writes the document's description as one line of JSON without a line end: a list of values, or an object
// for a packet. Errors are the writer's own.
func (d *Document) WriteDescription(w io.Writer) error {
	p := &printer{bufio.NewWriterSize(w, 16<<10), d}
	if d.Kind == Remote {
		p.packet(d.Packet)
	} else {
		p.nodes(d.Values)
	}
	return p.Flush()
}

// raw writes JSON as it is.
func (p *printer) raw(s string) { p.WriteString(s) } //nolint:errcheck // Flush returns it

// open begins the object of a value.
func (p *printer) open(t string) {
	p.raw(`{"t":"`)
	p.raw(t)
	p.raw(`"`)
}

func (p *printer) shut() { p.raw("}") }

// key begins a further member of an object.
func (p *printer) key(name string) {
	p.raw(`,"`)
	p.raw(name)
	p.raw(`":`)
}

func (p *printer) int(v int64) { p.Write(strconv.AppendInt(p.AvailableBuffer(), v, 10)) } //nolint:errcheck // as above

func (p *printer) bool(v bool) { p.raw(strconv.FormatBool(v)) }

// flag writes a member that is there only when true.
func (p *printer) flag(name string, v bool) {
	if v {
		p.key(name)
		p.raw("true")
	}
}

// id writes the number of a value.
func (p *printer) id(id int) {
	if id != NoID {
		p.key("id")
		p.int(int64(id))
	}
}

// text writes a string, or {"raw": hex} where it is no UTF-8.
func (p *printer) text(s string) {
	if !utf8.ValidString(s) {
		p.raw(`{"raw":`)
		p.hex([]byte(s))
		p.raw("}")
		return
	}
	p.quoted(s)
}

// quoted writes valid UTF-8 as a JSON string.
func (p *printer) quoted(s string) {
	const digits = "0123456789abcdef"
	p.raw(`"`)
	start := 0
	for i := range len(s) {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		p.raw(s[start:i])
		start = i + 1
		switch c {
		case '"', '\\':
			p.raw(string([]byte{'\\', c}))
		case '\n':
			p.raw(`\n`)
		case '\t':
			p.raw(`\t`)
		default:
			p.raw(string([]byte{'\\', 'u', '0', '0', digits[c>>4], digits[c&15]}))
		}
	}
	p.raw(s[start:])
	p.raw(`"`)
}

func (p *printer) hex(b []byte) {
	p.raw(`"`)
	for len(b) > 0 {
		n := min(len(b), 512)
		p.Write(hex.AppendEncode(p.AvailableBuffer(), b[:n])) //nolint:errcheck // as above
		b = b[n:]
	}
	p.raw(`"`)
}

// number writes the double with those bits: a number, or a text where JSON has none for it.
func (p *printer) number(bits uint64) {
	s := numberText(bits)
	if special(s) {
		p.quoted(s)
		return
	}
	p.raw(s)
}

// double writes a double value with its bits.
func (p *printer) double(bits uint64) {
	p.raw(`{"t":"double","bits":"`)
	p.raw(bitsText(bits))
	p.raw(`"`)
	p.key("v")
	p.number(bits)
	p.shut()
}

// bitsText returns 16 hexadecimal digits.
func bitsText(bits uint64) string {
	s := strconv.FormatUint(bits, 16)
	return "0000000000000000"[len(s):] + s
}

// numberText returns the shortest text that reads back as the double with those bits, without exponent where it is a whole
// number that double can count to.
func numberText(bits uint64) string {
	const exact = 1 << 53
	v := math.Float64frombits(bits)
	switch {
	case v != v:
		return "NaN"
	case math.IsInf(v, 0):
		return map[bool]string{true: "-Infinity", false: "Infinity"}[v < 0]
	case math.Abs(v) < exact && (math.Abs(v) >= 1e-5 || v == 0):
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return strconv.FormatFloat(v, 'e', -1, 64)
}

// special reports whether the text of a double has to be quoted in JSON.
func special(s string) bool { return s == "NaN" || s == "Infinity" || s == "-Infinity" || s == "-0" }
