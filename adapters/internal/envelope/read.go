package envelope

import (
	"encoding/base64"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/patchbay-go/patchbay/core/value"
)

// read returns what an arrival says, by whoever and in whatever form it was written. Errors are Poison.
func (in *Inlet) read(a *Arrival) (*document, error) {
	most := in.MaxBytes
	if most <= 0 {
		most = defaultMaxBytes
	}
	if len(a.Data) > most {
		return nil, poisoned("it has %d bytes, of which %d may be", len(a.Data), most)
	}
	limits := in.limits(len(a.Data))
	d, err := in.documentOf(a, limits)
	if err != nil {
		return nil, &Poison{err}
	}
	if err := checkVia(d.Via); err != nil {
		return nil, poisoned("read envelope: %w", err)
	}
	return d, nil
}

// limits are those of a value in a text of so many bytes: the set's, and what a value of its own takes of memory.
func (in *Inlet) limits(n int) value.Limits {
	limits := in.Set.Limits().Value
	const growth, free = 64, 64 << 10
	limits.Bytes = min(limits.WithDefaults().Bytes, free+growth*n)
	return limits
}

func (in *Inlet) documentOf(a *Arrival, limits value.Limits) (*document, error) {
	contentType := a.Attributes[contentTypeAttribute]
	if contentType == "" && isDocument(a.Data, limits) {
		return readDocument(a.Data, limits)
	}
	d, err := attributesOf(a.Attributes, limits)
	if err != nil {
		return nil, err
	}
	d.Body, err = in.bodyOf(a.Data, contentType, limits)
	return d, err
}

// bodyOf reads data that is a body alone.
func (in *Inlet) bodyOf(data []byte, contentType string, limits value.Limits) (value.Packed, error) {
	contentType, encoded := strings.CutSuffix(contentType, base64Suffix)
	if encoded {
		var err error
		if data, err = base64.StdEncoding.DecodeString(strings.TrimPrefix(string(data), "=")); err != nil {
			return nil, fmt.Errorf("read body: %w", err)
		}
	}
	switch {
	case contentType == jsonType, contentType == "" && in.Form == JSON:
		return packJSON(data, limits)
	case contentType == bytesType, !utf8.Valid(data):
		return value.PackValue(data, nil, limits)
	}
	return value.PackValue(string(data), nil, limits)
}

// attributesOf reads what a Writer says beside a body. Those of others are headers of the message: their own words, as they are.
func attributesOf(attributes map[string]string, limits value.Limits) (*document, error) {
	d := &document{Headers: map[string]any{}}
	for name, text := range attributes {
		if err := d.take(name, text, limits); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// take takes one attribute.
func (d *document) take(name, text string, limits value.Limits) (err error) {
	switch name {
	case idAttribute:
		d.ID = text
	case destinationAttribute:
		d.Destination = text
	case subtopicAttribute:
		d.Subtopics = []string{text}
	case subtopicsAttribute:
		err = bind([]byte(text), &d.Subtopics, limits)
	case viaAttribute:
		d.Via = splitVia(text)
	case timestampAttribute:
		d.Timestamp, err = strconv.ParseInt(text, 10, 64)
	case expiresAttribute:
		d.Expires, err = strconv.ParseInt(text, 10, 64)
	case correlationIDAttribute:
		d.CorrelationID = &text
	case headersAttribute:
		err = d.takeHeaders(text, limits)
	case contentTypeAttribute:
	default:
		if _, given := d.Headers[name]; !given { // what the message itself says of a header counts
			d.Headers[name] = text
		}
	}
	if err != nil {
		return poisoned("read attribute %s: %w", name, err)
	}
	return nil
}

func (d *document) takeHeaders(text string, limits value.Limits) error {
	var given map[string]any
	if err := bind([]byte(text), &given, limits); err != nil {
		return err
	}
	maps.Copy(d.Headers, given)
	return nil
}

func joinVia(via []string) string { return strings.Join(via, viaSeparator) }
