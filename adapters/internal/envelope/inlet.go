package envelope

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/patchbay-go/patchbay/core"
)

// An Arrival is what a broker has delivered.
type Arrival struct {
	ID         string // the broker's, the same when it comes again
	Data       []byte
	Attributes map[string]string // may be nil
	Subtopic   string            // for one that names none itself; "": none
}

// An Inlet publishes arrivals. It is set up once and then used by any number of goroutines.
type Inlet struct {
	Set    *core.ChannelSet
	Origin string // the deployment's name: see CheckOrigin
	// Destination gets what comes. Where Named says so, a message that names a destination of its own goes there, if it is one of these:
	// what a broker delivers must not choose freely.
	Destination string
	Named       []string
	// Form is how that is read which no Writer has written: JSON, or AsIs as a text, or as bytes where it is none.
	Form Form
	// MaxBytes is how many bytes data may have. Default 10 MB, which is what Pub/Sub takes.
	MaxBytes int
}

// Check is the error for settings that cannot be.
func (in *Inlet) Check() error {
	if in.Destination == "" && len(in.Named) == 0 {
		return errors.New("no destination for what comes")
	}
	for _, name := range append([]string{in.Destination}, in.Named...) {
		if name != "" && in.Set.Destination(name) == nil {
			return fmt.Errorf("destination %q for what comes is none of the set's", name)
		}
	}
	if in.Origin != "" {
		return CheckOrigin(in.Origin)
	}
	return nil
}

const defaultMaxBytes = 10 << 20

// A Poison error is about an arrival that will never be taken, however often it comes.
type Poison struct{ Err error }

// Error implements error.
func (p *Poison) Error() string { return p.Err.Error() }

// Unwrap returns the reason.
func (p *Poison) Unwrap() error { return p.Err }

func poisoned(format string, args ...any) error { return &Poison{fmt.Errorf(format, args...)} }

// A Fate is what became of an arrival.
type Fate string

// The fates.
const (
	Published Fate = "published" // or had been, by an earlier try
	Returned  Fate = "returned"  // it was bridged out from here, and stands where it was published
	Expired   Fate = "expired"   // it was on its way for longer than it lives
)

// Take publishes an arrival: when it returns without an error the message stands in its log, or needs not to. One that comes again within
// ten minutes is one message. The error is a *Poison one, or comes from the store and may not come again.
func (in *Inlet) Take(ctx context.Context, a *Arrival) (Fate, error) {
	d, err := in.read(a)
	if err != nil {
		return "", err
	}
	if slices.Contains(d.Via, in.Origin) {
		return Returned, nil
	}
	p, err := in.publication(a, d)
	if err != nil {
		return "", err
	}
	if d.Expires > 0 {
		if p.TTL = time.UnixMilli(d.Expires).Sub(in.Set.Now()); p.TTL <= 0 {
			return Expired, nil
		}
	}
	if _, err := in.Set.Publish(ctx, nil, p); err != nil {
		return "", permanent(err)
	}
	return Published, nil
}

// publication returns what is published of a document.
func (in *Inlet) publication(a *Arrival, d *document) (*core.Publication, error) {
	destination, err := in.destination(d.Destination)
	if err != nil {
		return nil, err
	}
	p := &core.Publication{
		Topic: core.Topic{Destination: destination}, Subtopics: d.Subtopics, Body: d.Body, Headers: withoutVia(d.Headers),
		ID: d.ID, CorrelationID: d.CorrelationID,
	}
	if len(p.Subtopics) == 0 {
		p.Topic.Subtopic = a.Subtopic
	}
	if p.ID == "" {
		p.ID = a.ID
	}
	if p.ID == "" {
		return nil, poisoned("it has no id")
	}
	if text := joinVia(d.Via); text != "" {
		p.Headers[core.ViaHeader] = text
	}
	return p, nil
}

// destination returns where a message goes that names one, or none.
func (in *Inlet) destination(named string) (string, error) {
	switch {
	case named != "" && slices.Contains(in.Named, named):
		return named, nil
	case in.Destination != "":
		return in.Destination, nil
	case named == "":
		return "", poisoned("it names no destination, and there is none for such")
	}
	return "", poisoned("destination %q is none that it may name", named)
}

// permanent makes those errors Poison that come again whenever it is tried: the faults that tell of the message and not of the time.
func permanent(err error) error {
	f, ok := errors.AsType[*core.Fault](err)
	if !ok {
		return err
	}
	switch f.Code {
	case core.Malformed, core.Invalid, core.NotFound, core.Denied, core.TooLarge:
		return &Poison{err}
	}
	return err
}
