package syntax

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// WriteText writes the document for people: a line for each value with the offset of its first byte, indented by what contains
// it. Long texts and byte arrays are cut, with their length. Control characters are escaped, so a capture cannot steer a
// terminal. Errors are w's own.
func (d *Document) WriteText(w io.Writer) error {
	t := &texter{w: bufio.NewWriter(w), doc: d}
	if d.Packet != nil {
		t.packet(d.Packet)
	}
	for i, v := range d.Values {
		t.value("["+strconv.Itoa(i)+"] ", v)
	}
	return t.w.Flush()
}

// A texter writes lines. The first error of w stays in it until Flush.
type texter struct {
	w      *bufio.Writer
	doc    *Document
	indent int
}

// line writes one line for what begins at offset.
func (t *texter) line(offset int, format string, args ...any) {
	fmt.Fprintf(t.w, "%8d  %s", offset, strings.Repeat("  ", t.indent))
	fmt.Fprintf(t.w, format, args...)
	t.w.WriteByte('\n') //nolint:errcheck // Flush returns it
}

// inside runs f one step further in.
func (t *texter) inside(f func()) {
	t.indent++
	f()
	t.indent--
}

func (t *texter) packet(k *Packet) {
	t.line(0, "packet, version %d: %s, %s", k.Version, count(len(k.Headers), "header"), count(len(k.Bodies), "body"))
	t.inside(func() {
		for i, h := range k.Headers {
			must := ""
			if h.MustUnderstand {
				must = ", must be understood"
			}
			t.line(h.Offset(), "header %d: %s%s, %s", i, quote(h.Name), must, lengths(h.Length, h.Actual))
			t.inside(func() { t.value("", h.Value) })
		}
		for i, b := range k.Bodies {
			t.line(b.Offset(), "body %d: target %s, response %s, %s", i, quote(b.Target), quote(b.Response), lengths(b.Length, b.Actual))
			t.inside(func() { t.value("", b.Value) })
		}
		if n := len(k.Trailing); n > 0 {
			t.line(t.doc.size-n, "trailing: %s", octets(k.Trailing))
		}
	})
}

// lengths shows the claimed length beside the true one where they differ.
func lengths(claimed Length, actual int) string {
	if claimed == Length(actual) {
		return fmt.Sprintf("length %d", actual)
	}
	return fmt.Sprintf("length %d (claims %d)", actual, claimed)
}

// value writes a value's line, after its label, and the lines of what it contains.
func (t *texter) value(label string, n Node) {
	if n == nil {
		return
	}
	if s, ok := t.doc.Text(n); ok {
		kind := "string"
		switch n := n.(type) {
		case *Repeat:
			kind = "string (by reference)"
		case *String:
			if n.Long {
				kind = "long string"
			}
		}
		t.line(n.Offset(), "%s%s %s", label, kind, quote(s))
		return
	}
	if s, ok := scalarText(n); ok {
		t.line(n.Offset(), "%s%s", label, s)
		return
	}
	t.container(label, n)
}

// scalarText returns the text of what contains nothing.
func scalarText(n Node) (string, bool) {
	switch n := n.(type) {
	case *Null:
		return "null", true
	case *Undefined:
		return "undefined", true
	case *Unsupported:
		return "unsupported", true
	case *Bool:
		return strconv.FormatBool(n.V), true
	case *Int:
		return fmt.Sprintf("int %d", n.V), true
	case *Double:
		return "double " + numberText(n.Bits), true
	case *UID:
		return "uid " + uidText(n.V), true
	case *Ref:
		return fmt.Sprintf("reference to #%d", n.ID), true
	case *XML:
		if n.Legacy {
			return fmt.Sprintf("XMLDocument #%d %s", n.ID, quote(n.Text)), true
		}
		return fmt.Sprintf("XML #%d %s", n.ID, quote(n.Text)), true
	case *Date0:
		return fmt.Sprintf("date %s, zone %d", dateText(n.Bits), n.Zone), true
	case *Date3:
		return fmt.Sprintf("date #%d %s", n.ID, dateText(n.Bits)), true
	case *Bytes:
		return fmt.Sprintf("ByteArray #%d %s", n.ID, octets(n.Data)), true
	}
	return "", false
}

func (t *texter) container(label string, n Node) {
	switch n := n.(type) {
	case *AVMPlus:
		t.value(label+"amf3 ", n.Value)
	case *Object0:
		t.line(n.Offset(), "%sobject #%d%s, %s", label, n.ID, class(n.Class), count(len(n.Members), "member"))
		t.members(n.Members)
	case *ECMAArray:
		t.line(n.Offset(), "%sECMA array #%d, %s (claims %d)", label, n.ID, count(len(n.Members), "member"), n.Length)
		t.members(n.Members)
	case *StrictArray:
		name := "strict array"
		if n.Args {
			name = "arguments"
		}
		t.line(n.Offset(), "%s%s #%d, %s", label, name, n.ID, count(len(n.Items), "item"))
		t.items(n.Items)
	case *Array:
		named := ""
		if len(n.Assoc) > 0 {
			named = ", " + count(len(n.Assoc), "member")
		}
		t.line(n.Offset(), "%sArray #%d, %s%s", label, n.ID, count(len(n.Dense), "item"), named)
		t.members(n.Assoc)
		t.items(n.Dense)
	case *Object3:
		t.object3(label, n)
	case *External:
		t.external(label, n)
	case *NumberVector:
		t.numberVector(label, n)
	case *ObjectVector:
		t.line(n.Offset(), "%sVector of object #%d%s%s, %s", label, n.ID, class(n.Class), fixed(n.Fixed), count(len(n.Items), "item"))
		t.items(n.Items)
	case *Dictionary:
		t.line(n.Offset(), "%sDictionary #%d%s, %s", label, n.ID, map[bool]string{true: ", weak"}[n.Weak], count(len(n.Items), "entry"))
		t.pairs(n.Items)
	}
}

func (t *texter) members(members []Member) {
	t.inside(func() {
		for _, m := range members {
			t.value(name(m.Name)+": ", m.Value)
		}
	})
}

func (t *texter) items(items []Node) {
	t.inside(func() {
		for i, v := range items {
			t.value("["+strconv.Itoa(i)+"] ", v)
		}
	})
}

func (t *texter) pairs(pairs []Pair) {
	t.inside(func() {
		for i, p := range pairs {
			t.value("["+strconv.Itoa(i)+"] key ", p.Key)
			t.inside(func() { t.value("= ", p.Value) })
		}
	})
}

func (t *texter) object3(label string, n *Object3) {
	dynamic := ""
	if n.Traits.Dynamic {
		dynamic = fmt.Sprintf(" + %d dynamic", len(n.Dynamic))
	}
	t.line(n.Offset(), "%sobject #%d%s, traits %s, %d sealed%s", label, n.ID, class(n.Traits.Class), useText(n.Use), len(n.Traits.Sealed), dynamic)
	sealed := make([]Member, len(n.Sealed))
	for i, v := range n.Sealed {
		sealed[i] = Member{n.Traits.Sealed[i], v}
	}
	t.members(sealed)
	t.members(n.Dynamic)
}

func (t *texter) external(label string, n *External) {
	t.line(n.Offset(), "%sexternalizable #%d%s, traits %s", label, n.ID, class(n.Traits.Class), useText(n.Use))
	t.inside(func() { t.value("source: ", n.Source) })
	t.pairs(n.Entries)
	fields := make([]Member, len(n.Fields))
	for i, f := range n.Fields {
		fields[i] = Member{f.Name, f.Value}
	}
	t.members(fields)
}

func (t *texter) numberVector(label string, n *NumberVector) {
	const most = 16
	var shown []string
	for _, v := range n.Items[:min(len(n.Items), most)] {
		switch n.Of {
		case OfInt:
			shown = append(shown, strconv.FormatInt(int64(int32(v)), 10))
		case OfUint:
			shown = append(shown, strconv.FormatUint(v, 10))
		case OfDouble:
			shown = append(shown, numberText(v))
		}
	}
	if len(n.Items) > most {
		shown = append(shown, "...")
	}
	t.line(n.Offset(), "%sVector of %v #%d%s, %s: %s", label, n.Of, n.ID, fixed(n.Fixed), count(len(n.Items), "item"), strings.Join(shown, " "))
}

func fixed(yes bool) string {
	if yes {
		return ", fixed"
	}
	return ""
}

func useText(u TraitsUse) string {
	switch u {
	case TraitsInline:
		return "inline"
	case TraitsAuto:
		return "not told"
	}
	return "by reference " + strconv.Itoa(int(u))
}

func class(s string) string {
	if s == "" {
		return ""
	}
	return " of " + name(s)
}

// name shows a plain name as it is and quotes any other.
func name(s string) string {
	plain := s != "" && len(s) <= 200
	for _, r := range s {
		plain = plain && (r == '_' || r == '.' || r == '$' || r == '-' || r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z')
	}
	if plain {
		return s
	}
	return quote(s)
}

// quote shows a text on one line; a long one is cut, one that is no UTF-8 is shown as bytes.
func quote(s string) string {
	const most = 120
	if !utf8.ValidString(s) {
		return "not UTF-8: " + octets([]byte(s[:min(len(s), most)])) + more(len(s), most)
	}
	if len(s) <= most {
		return strconv.Quote(s)
	}
	return strconv.Quote(strings.ToValidUTF8(s[:most], "")) + more(len(s), most)
}

func more(n, most int) string {
	if n <= most {
		return ""
	}
	return fmt.Sprintf("... (%d bytes)", n)
}

// octets shows the beginning of bytes in hexadecimal.
func octets(b []byte) string {
	const most = 32
	s := fmt.Sprintf("%s: %s", count(len(b), "byte"), hex.EncodeToString(b[:min(len(b), most)]))
	if len(b) > most {
		return s + "..."
	}
	return s
}

// dateText shows milliseconds since 1970 as time, where a time of four-digit years has them.
func dateText(bits uint64) string {
	ms := math.Float64frombits(bits)
	if !(math.Abs(ms) < 200_000_000_000_000) {
		return numberText(bits) + " ms"
	}
	return time.UnixMilli(int64(math.Floor(ms))).UTC().Format("2006-01-02T15:04:05.000Z") + " (" + numberText(bits) + " ms)"
}

// count names a number of things.
func count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	if stem, ok := strings.CutSuffix(thing, "y"); ok {
		return strconv.Itoa(n) + " " + stem + "ies"
	}
	return strconv.Itoa(n) + " " + thing + "s"
}
