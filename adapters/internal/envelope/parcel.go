package envelope

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/core/value"
)

// A Form is how the body of a message crosses.
type Form int

// The forms.
const (
	// JSON is a document with the whole message in it.
	JSON Form = iota
	// AsIs is the body alone: a text as it is, in UTF-8, bytes as they are, anything else as JSON. The attribute "patchbay-content-type"
	// says which.
	AsIs
)

// The attributes of a parcel.
const (
	idAttribute            = "patchbay-id"
	destinationAttribute   = "patchbay-destination"
	subtopicAttribute      = "patchbay-subtopic"  // the only one
	subtopicsAttribute     = "patchbay-subtopics" // several, as a JSON list
	timestampAttribute     = "patchbay-timestamp"
	expiresAttribute       = "patchbay-expires"
	correlationIDAttribute = "patchbay-correlation-id"
	headersAttribute       = "patchbay-headers" // as a JSON object
	viaAttribute           = core.ViaHeader
	contentTypeAttribute   = "patchbay-content-type"
)

// What patchbay-content-type says.
const (
	jsonType  = "application/json"
	textType  = "text/plain; charset=utf-8"
	bytesType = "application/octet-stream"

	base64Suffix = ";base64" // behind one of these: the data is encoded
)

// A Parcel is a message as a broker gets it.
type Parcel struct {
	ID         string     // the message's; equal ones are one message
	Topic      core.Topic // of several subtopics the first
	Data       []byte
	Attributes map[string]string // none is empty

	message *core.Message
}

// Group names what is to be kept in order: the topic.
func (p *Parcel) Group() string {
	if p.Topic.Subtopic == "" {
		return p.Topic.Destination
	}
	return p.Topic.Destination + " " + p.Topic.Subtopic
}

// Size returns how many bytes data and attributes have together, as brokers count them.
func (p *Parcel) Size() int {
	n := len(p.Data)
	for name, text := range p.Attributes {
		n += len(name) + len(text)
	}
	return n
}

// A Writer makes parcels. It is set up once and then used by any number of goroutines.
type Writer struct {
	Registry *value.Registry // of the ChannelSet: how its classes are named
	Limits   value.Limits    // of what a body becomes; Bytes is the most that a parcel's data may have
	Origin   string          // the deployment's name: see CheckOrigin
	Form     Form
	Forward  bool // what came over a bridge goes on, unless it has been here
	// Text keeps data to what XML 1.0 allows, for brokers that take nothing else: bytes, and texts with other characters, become base64.
	Text bool
}

// Write returns the parcel of a message; nil: it came over a bridge and is not to go out. The error says why it cannot be written, now
// and for ever.
func (w *Writer) Write(m *core.Message) (*Parcel, error) {
	via := viaOf(m.Headers)
	if len(via) > 0 && (!w.Forward || slices.Contains(via, w.Origin) || len(via) >= maxVia) {
		return nil, nil
	}
	d := &document{
		Version: version, ID: w.id(m.ID), Destination: m.Destination, Subtopics: m.Subtopics, Body: m.Body, Headers: withoutVia(m.Headers),
		Timestamp: m.Timestamp.UnixMilli(), Expires: m.Expires.UnixMilli(), CorrelationID: m.CorrelationID, Via: append(via, w.Origin),
	}
	if d.Subtopics == nil {
		d.Subtopics = []string{}
	}
	p := &Parcel{ID: m.ID, Topic: core.Topic{Destination: m.Destination}, Attributes: map[string]string{}}
	if len(m.Subtopics) > 0 {
		p.Topic.Subtopic = m.Subtopics[0]
	}
	write := w.writeWhole
	if w.Form == AsIs {
		write = w.writeAsIs
	}
	if err := write(p, d); err != nil {
		return nil, fmt.Errorf("message %q of %s: %w", m.ID, m.Destination, err)
	}
	return p, nil
}

func (w *Writer) writeWhole(p *Parcel, d *document) (err error) {
	w.setAttribute(p, idAttribute, d.ID)
	w.setAttribute(p, destinationAttribute, d.Destination)
	w.setAttribute(p, subtopicAttribute, p.Topic.Subtopic)
	w.setAttribute(p, viaAttribute, strings.Join(d.Via, viaSeparator))
	p.Data, err = w.json(d)
	return err
}

// json writes a value as a text, in which the two characters that stand outside of XML and inside of JSON are escaped.
func (w *Writer) json(v any) ([]byte, error) {
	text, err := appendJSON(nil, v, w.Registry, w.Limits)
	if w.Text && !isXML(text) {
		text = bytes.ReplaceAll(bytes.ReplaceAll(text, []byte("\uFFFE"), []byte(`\ufffe`)), []byte("\uFFFF"), []byte(`\uffff`))
	}
	return text, err
}

func (w *Writer) writeAsIs(p *Parcel, d *document) error {
	w.setAttribute(p, idAttribute, d.ID)
	w.setAttribute(p, destinationAttribute, d.Destination)
	w.setAttribute(p, viaAttribute, strings.Join(d.Via, viaSeparator))
	w.setAttribute(p, timestampAttribute, strconv.FormatInt(d.Timestamp, 10))
	w.setAttribute(p, expiresAttribute, strconv.FormatInt(d.Expires, 10))
	if d.CorrelationID != nil {
		w.setAttribute(p, correlationIDAttribute, *d.CorrelationID)
	}
	switch {
	case len(d.Subtopics) == 0:
	case len(d.Subtopics) == 1 && w.takes(d.Subtopics[0]):
		w.setAttribute(p, subtopicAttribute, d.Subtopics[0])
	default:
		if err := w.setJSON(p, subtopicsAttribute, d.Subtopics); err != nil {
			return err
		}
	}
	if len(d.Headers) > 0 {
		if err := w.setJSON(p, headersAttribute, d.Headers); err != nil {
			return err
		}
	}
	return w.writeBody(p, d.Body)
}

// writeBody makes a body the parcel's data.
func (w *Writer) writeBody(p *Parcel, body value.Packed) error {
	var v any
	if err := body.Bind(&v, w.Registry, w.Limits); err != nil {
		v = body // of a class that does not fit, say: it is written by its tokens
	}
	var err error
	switch v := v.(type) {
	case string:
		w.set(p, []byte(strings.ToValidUTF8(v, replacement)), textType)
	case []byte:
		w.set(p, v, bytesType)
	default:
		p.Data, err = w.json(body)
		w.setAttribute(p, contentTypeAttribute, jsonType)
	}
	return err
}

// set sets data as it is, or as base64 where the broker would not take it.
func (w *Writer) set(p *Parcel, data []byte, contentType string) {
	if p.Data = data; w.Text && (len(data) == 0 || !isXML(data)) {
		p.Data = []byte(base64.StdEncoding.EncodeToString(data))
		contentType += base64Suffix
		if len(data) == 0 {
			p.Data = []byte("=") // brokers of texts have no empty ones either; this is no base64 of anything
		}
	}
	w.setAttribute(p, contentTypeAttribute, contentType)
}

// isXML reports whether all characters of a text are such of XML 1.0 (section 2.2).
func isXML(text []byte) bool {
	for len(text) > 0 {
		r, n := utf8.DecodeRune(text)
		if r == utf8.RuneError && n == 1 || !isXMLRune(r) {
			return false
		}
		text = text[n:]
	}
	return true
}

func isXMLRune(r rune) bool {
	return (r >= ' ' || r == '\t' || r == '\n' || r == '\r') && r != 0xFFFE && r != 0xFFFF
}

func (w *Writer) setJSON(p *Parcel, name string, v any) error {
	text, err := w.json(v)
	w.setAttribute(p, name, string(text))
	return err
}

// setAttribute sets an attribute. Brokers have no empty ones. One character that they do not take has all of a request refused, and clients
// choose subtopics and ids: U+FFFD stands for it.
func (w *Writer) setAttribute(p *Parcel, name, text string) {
	if text == "" {
		return
	}
	if !w.takes(text) {
		text = strings.Map(w.taken, strings.ToValidUTF8(text, replacement))
	}
	p.Attributes[name] = text
}

// id returns a message's id, or its hash where an attribute does not take all of it: two ids must not become one.
func (w *Writer) id(id string) string {
	if w.takes(id) {
		return id
	}
	return Short(id, 0)
}

// replacement stands for a character that a broker does not take.
const replacement = "\uFFFD"

// takes reports whether the broker takes a text as an attribute.
func (w *Writer) takes(text string) bool {
	return utf8.ValidString(text) && (!w.Text || isXML([]byte(text)))
}

// taken returns a character, or what stands for it.
func (w *Writer) taken(r rune) rune {
	if w.Text && !isXMLRune(r) {
		return utf8.RuneError
	}
	return r
}
