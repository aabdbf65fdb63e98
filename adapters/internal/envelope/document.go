package envelope

import (
	"errors"
	"fmt"
	"strings"

	"github.com/patchbay-go/patchbay/core/value"
	"github.com/patchbay-go/patchbay/wire/json"
)

// version is the number that a document begins with. A higher one was written by a later Patchbay.
const version = 1

// A document is a whole message. Times are in milliseconds since 1970.
type document struct {
	Version       int            `patchbay:"patchbay"`
	ID            string         `patchbay:"id"`
	Destination   string         `patchbay:"destination"`
	Subtopics     []string       `patchbay:"subtopics"`
	Body          value.Packed   `patchbay:"body"`
	Headers       map[string]any `patchbay:"headers"`
	Timestamp     int64          `patchbay:"timestamp"`
	Expires       int64          `patchbay:"expires"`
	CorrelationID *string        `patchbay:"correlationId,omitempty"`
	Via           []string       `patchbay:"via"`
}

// isDocument reports whether a JSON text is one of ours, of whatever version. What cannot be read is none.
func isDocument(data []byte, limits value.Limits) bool {
	if !strings.Contains(string(data[:min(len(data), 64)]), `"patchbay"`) {
		return false // it is the first member of ours: a look at the beginning spares reading the rest
	}
	var probe struct {
		Version any `patchbay:"patchbay"`
	}
	if bind(data, &probe, limits) != nil {
		return false
	}
	switch probe.Version.(type) {
	case int, int64, uint64, float64:
		return true
	}
	return false
}

func readDocument(data []byte, limits value.Limits) (*document, error) {
	d := &document{}
	if err := bind(data, d, limits); err != nil {
		return nil, fmt.Errorf("read envelope: %w", err)
	}
	if d.Version != version {
		return nil, fmt.Errorf("read envelope: it has version %d, this program knows %d", d.Version, version)
	}
	return d, nil
}

// bind reads one JSON text into what dst points to. No class is known: objects are data.
func bind(data []byte, dst any, limits value.Limits) error {
	r := json.NewReader(data, limits)
	var d value.Decoder
	d.Reset(r, nil, limits)
	return d.Bind(dst)
}

// packJSON packs one JSON text as it is, without Go values in between.
func packJSON(data []byte, limits value.Limits) (value.Packed, error) {
	r := json.NewReader(data, limits)
	if err := r.Err(); err != nil {
		return nil, err
	}
	return value.Pack(r, limits)
}

// errText is why a value cannot be JSON.
var errText = errors.New("it cannot be written as JSON")

// appendJSON appends a value as a JSON text of at most that many bytes.
func appendJSON(b []byte, v any, registry *value.Registry, limits value.Limits) ([]byte, error) {
	var w json.Writer
	var e value.Encoder
	w.Reset(b, limits)
	e.Reset(&w, registry, limits)
	if err := e.Encode(v); err != nil {
		return nil, fmt.Errorf("%w: %w", errText, err)
	}
	return w.Bytes(), nil
}
