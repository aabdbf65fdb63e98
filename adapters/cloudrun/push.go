package cloudrun

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/patchbay-go/patchbay/adapters/internal/envelope"
	"github.com/patchbay-go/patchbay/core"
)

// PushOptions are what a Push can be told. Audience, Account and one of Destination and Destinations must be.
type PushOptions struct {
	// Audience and Account are whom the tokens of the push subscription, or the trigger, are for, and whose they are: the e-mail address of
	// its service account. Both are checked, and everything else about the token.
	Audience, Account string

	// Open takes what comes without a token, from anybody. It is for Google's emulator, which has none, and excludes Audience and Account.
	Open bool

	// HTTPClient gets Google's keys. Default: one with a timeout of five seconds.
	HTTPClient *http.Client

	// Destination gets what is pushed. A message that was bridged out of another deployment names its own destination, and goes there if
	// it is one of Destinations.
	Destination  string
	Destinations []string

	// Origin is this deployment's name, the one that its bridges give: what carries it has been bridged out from here, and is dropped.
	// Default: there is no bridge.
	Origin string

	// AsIs publishes what is pushed as a text, or as bytes where it is none. Default: it is JSON. What was bridged out of another
	// deployment comes as it was published.
	AsIs bool

	// Headers are those of a push without a wrapper that become headers of the message: attributes have any name there.
	Headers []string

	// MaxBytes is how many bytes a message may have, without its wrapper. Default 10 MB, which is what Pub/Sub takes.
	MaxBytes int

	// RefusePoison answers what will never be taken with 400, so that it comes again until a dead-letter topic gets it; without one it
	// comes for days. Default: it is logged and acknowledged.
	RefusePoison bool

	// Timeout bounds publishing. Default 9 s: less than what Pub/Sub waits for by default before it pushes again.
	Timeout time.Duration

	// Logger is told of what is refused and of what is never taken. Default: the set's.
	Logger *slog.Logger
}

// A Push is where Pub/Sub and Eventarc deliver to: an http.Handler that publishes what they push, and answers 204 only when it stands in
// its log. What comes again within ten minutes is one message, by its id. It keeps the order of those with an ordering key, since Pub/Sub
// sends the next one of a key after the answer to the one before.
type Push struct {
	inlet    envelope.Inlet
	verifier *verifier // nil: everybody may
	opts     PushOptions
	stats    pushCounters
}

// PushStats are what a Push has done so far, in requests.
type PushStats struct {
	Published uint64 // or had been before
	Dropped   uint64 // since they came from here or had expired
	Poison    uint64 // will never be taken
	Failed    uint64 // and are to come again
	Refused   uint64 // for want of a right token, or of a right method
}

type pushCounters struct{ published, dropped, poison, failed, refused atomic.Uint64 }

// Stats returns them.
func (p *Push) Stats() PushStats {
	c := &p.stats
	return PushStats{c.published.Load(), c.dropped.Load(), c.poison.Load(), c.failed.Load(), c.refused.Load()}
}

const (
	defaultMaxBytes = 10 << 20
	pushTimeout     = 9 * time.Second
)

// NewPush returns a Push that publishes into set. The error says which option is missing or does not go with another.
func NewPush(ctx context.Context, set *core.ChannelSet, opts *PushOptions) (*Push, error) {
	o := *opts
	if o.MaxBytes <= 0 {
		o.MaxBytes = defaultMaxBytes
	}
	if o.Timeout <= 0 {
		o.Timeout = pushTimeout
	}
	if o.Logger == nil {
		o.Logger = set.Logger()
	}
	p := &Push{opts: o, inlet: envelope.Inlet{
		Set: set, Origin: o.Origin, Destination: o.Destination, Named: o.Destinations, MaxBytes: o.MaxBytes,
	}}
	if o.AsIs {
		p.inlet.Form = envelope.AsIs
	}
	if err := p.inlet.Check(); err != nil {
		return nil, fmt.Errorf("a push endpoint: %w", err)
	}
	if o.Open {
		if o.Audience != "" || o.Account != "" {
			return nil, errors.New("a push endpoint that is open checks no audience and no account")
		}
		return p, nil
	}
	var err error
	p.verifier, err = newVerifier(ctx, &o)
	return p, err
}

// ServeHTTP implements http.Handler. Answers say nothing but whether the message is to come again.
func (p *Push) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		p.stats.refused.Add(1)
		w.Header().Set("Allow", http.MethodPost)
		answer(w, http.StatusMethodNotAllowed)
		return
	}
	if err := p.admit(r); err != nil {
		p.stats.refused.Add(1)
		p.opts.Logger.WarnContext(r.Context(), "push refused", "reason", err)
		answer(w, http.StatusUnauthorized)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), p.opts.Timeout)
	defer cancel()
	arrival, err := p.read(w, r)
	var fate envelope.Fate
	if err == nil {
		fate, err = p.inlet.Take(ctx, arrival)
	}
	answer(w, p.account(ctx, arrival, fate, err))
}

// admit is the error for a request that may not publish. Nothing of its body has been read by then.
func (p *Push) admit(r *http.Request) error {
	if p.verifier == nil {
		return nil
	}
	return p.verifier.check(r)
}

// account counts and logs what became of a message, and returns the status that tells its sender whether it is to come again.
func (p *Push) account(ctx context.Context, a *envelope.Arrival, fate envelope.Fate, err error) int {
	id := ""
	if a != nil {
		id = a.ID
	}
	poison, ok := errors.AsType[*envelope.Poison](err)
	switch {
	case ok:
		p.stats.poison.Add(1)
		p.opts.Logger.ErrorContext(ctx, "pushed message will never be taken", "id", id, "reason", poison.Err)
		if p.opts.RefusePoison {
			return http.StatusBadRequest
		}
		return http.StatusNoContent
	case err != nil:
		p.stats.failed.Add(1)
		p.opts.Logger.WarnContext(ctx, "pushed message not published, it comes again", "id", id, "error", err)
		return http.StatusServiceUnavailable
	case fate != envelope.Published:
		p.stats.dropped.Add(1)
		p.opts.Logger.DebugContext(ctx, "pushed message dropped", "id", id, "fate", string(fate))
		return http.StatusNoContent
	}
	p.stats.published.Add(1)
	return http.StatusNoContent
}

// answer answers with a status and the words for it.
func answer(w http.ResponseWriter, status int) {
	w.Header().Set("Cache-Control", "no-store")
	if status == http.StatusNoContent {
		w.WriteHeader(status)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, http.StatusText(status)+"\n") // the peer may have gone; nobody is left to tell
}
