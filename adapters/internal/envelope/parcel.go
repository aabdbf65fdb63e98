package envelope

import (
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
)

// A Parcel is a message as a broker gets it.
type Parcel struct {
	ID         string            // the message's; equal ones are one message
	Topic      core.Topic        // of several subtopics the first
	Data       []byte            // UTF-8 text, unless Binary says otherwise
	Binary     bool              // Data is bytes, which a broker of texts must be given as base64
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
}

// Write returns the parcel of a message; nil: it came over a bridge and is not to go out. The error says why it cannot be written, now
// and for ever.
func (w *Writer) Write(m *core.Message) (*Parcel, error) {
	via := viaOf(m.Headers)
	if len(via) > 0 && (!w.Forward || slices.Contains(via, w.Origin) || len(via) >= maxVia) {
		return nil, nil
	}
	d := &document{
		Version: version, ID: m.ID, Destination: m.Destination, Subtopics: m.Subtopics, Body: m.Body, Headers: withoutVia(m.Headers),
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
	p.set(idAttribute, d.ID)
	p.set(destinationAttribute, d.Destination)
	p.set(subtopicAttribute, p.Topic.Subtopic)
	p.set(viaAttribute, strings.Join(d.Via, viaSeparator))
	p.Data, err = appendJSON(nil, d, w.Registry, w.Limits)
	return err
}

func (w *Writer) writeAsIs(p *Parcel, d *document) error {
	p.set(idAttribute, d.ID)
	p.set(destinationAttribute, d.Destination)
	p.set(viaAttribute, strings.Join(d.Via, viaSeparator))
	p.set(timestampAttribute, strconv.FormatInt(d.Timestamp, 10))
	p.set(expiresAttribute, strconv.FormatInt(d.Expires, 10))
	if d.CorrelationID != nil {
		p.set(correlationIDAttribute, *d.CorrelationID)
	}
	switch len(d.Subtopics) {
	case 0:
	case 1:
		p.set(subtopicAttribute, d.Subtopics[0])
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
		p.Data = []byte(strings.ToValidUTF8(v, "\uFFFD"))
		p.set(contentTypeAttribute, textType)
	case []byte:
		p.Data, p.Binary = v, !utf8.Valid(v)
		p.set(contentTypeAttribute, bytesType)
	default:
		p.Data, err = appendJSON(nil, body, w.Registry, w.Limits)
		p.set(contentTypeAttribute, jsonType)
	}
	return err
}

func (w *Writer) setJSON(p *Parcel, name string, v any) error {
	text, err := appendJSON(nil, v, w.Registry, w.Limits)
	p.set(name, string(text))
	return err
}

// set sets an attribute. Brokers have no empty ones.
func (p *Parcel) set(name, text string) {
	if text != "" {
		p.Attributes[name] = text
	}
}
