package lambda

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"

	"github.com/patchbay-go/patchbay/adapters/internal/envelope"
	"github.com/patchbay-go/patchbay/core"
)

// A Source says what becomes of the records that one source of events delivers: they are published, or handed to the application. A message that
// a bridge of another deployment has sent comes as it was published.
type Source struct {
	// From names what delivers: "sqs:QUEUE", "sns:TOPIC", "events:DETAIL-TYPE" of EventBridge, "rmq:QUEUE" of RabbitMQ. Empty: whatever no
	// other Source names. A notification of SNS that comes by a queue is the topic's where that is named, and else the queue's.
	From string

	// Destination gets the records, with Subtopic where they name none. A message of another deployment's names its own destination, and
	// goes there if it is one of Destinations.
	Destination, Subtopic string
	Destinations          []string

	// AsIs publishes a body as a text, or as bytes where it is none. Default: it is JSON.
	AsIs bool

	// Handle, where not nil, gets the records instead, one by one. One that fails comes again, so it may be handled several times; a
	// panic is a failure.
	Handle func(ctx context.Context, r *Record) error
}

// A Record is one record of a source. It is good until Handle returns.
type Record struct {
	From       string            // as Source.From has it
	ID         string            // the source's, the same when the record comes again
	Group      string            // of a FIFO queue or topic: what is kept in order
	Body       []byte            // an EventBridge event's is its detail
	Attributes map[string]string // message attributes or headers; of an EventBridge event source and detail-type
	Raw        json.RawMessage   // as it stands in the event

	also string // another name of where it came from, which goes before From; empty: none
}

// A route is a Source made ready.
type route struct {
	Source
	inlet envelope.Inlet
}

// newRoutes makes sources ready. The error says what is wrong with one.
func newRoutes(set *core.ChannelSet, o *Options) ([]*route, error) {
	if o.Origin != "" {
		if err := envelope.CheckOrigin(o.Origin); err != nil {
			return nil, err
		}
	}
	var routes []*route
	for _, s := range o.Sources {
		r := &route{Source: s, inlet: envelope.Inlet{Set: set, Origin: o.Origin, Destination: s.Destination, Named: s.Destinations}}
		if s.AsIs {
			r.inlet.Form = envelope.AsIs
		}
		if err := r.check(set); err != nil {
			return nil, fmt.Errorf("source %q: %w", s.From, err)
		}
		if slices.ContainsFunc(routes, func(other *route) bool { return other.From == s.From }) {
			return nil, fmt.Errorf("source %q is named twice", s.From)
		}
		routes = append(routes, r)
	}
	return routes, nil
}

func (r *route) check(set *core.ChannelSet) error {
	if r.Handle != nil {
		return nil
	}
	if r.Destination == "" && len(r.Destinations) == 0 {
		return errors.New("it needs a destination or a function")
	}
	for _, name := range append([]string{r.Destination}, r.Destinations...) {
		if name != "" && set.Destination(name) == nil {
			return fmt.Errorf("destination %q is none of the set's", name)
		}
	}
	return nil
}

// route returns what becomes of a record; nil: nobody has said.
func (a *App) route(r *Record) *route {
	var named, rest *route
	for _, to := range a.routes {
		switch to.From {
		case "":
			rest = to
		case r.also:
			return to
		case r.From:
			named = to
		}
	}
	return cmp.Or(named, rest)
}

// take publishes a record, or has it handled. What needs not be published any more has been taken. The context's end is an error at once:
// the record comes again.
func (a *App) take(ctx context.Context, r *Record) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	to := a.route(r)
	if to == nil {
		return fmt.Errorf("no source is %q", r.From)
	}
	if to.Handle != nil {
		return handle(ctx, to, r)
	}
	fate, err := to.inlet.Take(ctx, &envelope.Arrival{ID: r.ID, Data: r.Body, Attributes: r.Attributes, Subtopic: to.Subtopic})
	if err == nil && fate != envelope.Published {
		a.log.DebugContext(ctx, "record dropped", "from", r.From, "id", r.ID, "fate", string(fate))
	}
	return err
}

// handle keeps a panic of the application to its record.
func handle(ctx context.Context, to *route, r *Record) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return to.Handle(ctx, r)
}

// nothing is the answer where none is read. It is never changed.
var nothing = []byte("null")

// takeAll takes records of a source that knows no failure of one: if one fails, all come again, and those that were published are not
// published anew. The answer is one that nobody reads.
func (a *App) takeAll(ctx context.Context, records []*Record) ([]byte, error) {
	var failed []error
	for _, r := range records {
		if err := a.take(ctx, r); err != nil {
			failed = append(failed, fmt.Errorf("record %s of %s: %w", r.ID, r.From, err))
		}
	}
	return nothing, errors.Join(failed...)
}
