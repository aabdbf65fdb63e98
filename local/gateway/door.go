package gateway

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/patchbay-go/patchbay/local"
)

// A door is a front door for HTTP requests. What doors have in common stands in this file: a request is received, becomes an event, goes
// to the function, and the function's answer becomes the response. What differs they are made of.
type door struct {
	name     string
	invoker  Invoker
	streamer StreamInvoker // nil where answers are taken whole
	opts     *Options
	says     *voice

	maxBody  int           // bytes
	maxReply int           // bytes of the function's whole answer; zero: what Lambda allows
	patience time.Duration // how long the function may take to answer, or to begin to; zero: as long as Lambda allows

	// admit says what a request is answered that the door does not hand to the function, and nil for all others. It may be nil.
	admit func(*http.Request) *reply

	// event makes the event of a request.
	event func(*inbound) any

	// read reads the function's whole answer, and streamed tells whether a streamed answer begins with a prelude.
	read     func(payload []byte) (*answer, error)
	streamed func(contentType string) bool

	// contentType is that of an answer that names none, and idHeader the header by which the client learns the request's id.
	contentType, idHeader string

	// remap are headers of an answer that reach the client under other names.
	remap map[string]string
}

// A voice is how a door speaks for itself.
type voice struct {
	tooLarge  reply // the request
	tooMany   reply // the account's limit, or the function's
	failed    reply // the function
	late      reply // the function, by the door's patience
	malformed reply // the function's answer
}

// A reply is a response that a door gives of its own.
type reply struct {
	status      int
	contentType string
	body        string
}

func (a reply) write(w http.ResponseWriter) {
	w.Header().Set("Content-Type", a.contentType)
	w.WriteHeader(a.status)
	_, _ = io.WriteString(w, a.body) // there is nobody to tell
}

// message is a reply of API Gateway.
func message(status int, text string) reply {
	return reply{status, "application/json", `{"message":"` + text + `"}`}
}

func (d *door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if d.admit != nil {
		if refused := d.admit(r); refused != nil {
			refused.write(w)
			return
		}
	}
	in, err := readRequest(w, r, d.maxBody, d.opts)
	if err != nil {
		d.refuse(w, err)
		return
	}
	if d.idHeader != "" {
		w.Header().Set(d.idHeader, in.id)
	}
	if d.opts.Faults.Throttle() {
		d.says.tooMany.write(w)
		return
	}
	event, err := encode(d.event(in))
	if err != nil {
		d.opts.Logger.Error("event not made", "door", d.name, "error", err)
		d.says.failed.write(w)
		return
	}
	ctx, cancel := d.patient(r.Context())
	defer cancel()
	if d.streamer != nil {
		d.stream(ctx, w, event)
		return
	}
	d.whole(ctx, w, event)
}

// patient returns a context that ends when the door's patience does.
func (d *door) patient(ctx context.Context) (context.Context, context.CancelFunc) {
	if d.patience == 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, d.patience)
}

// refuse tells the client what was wrong with the request.
func (d *door) refuse(w http.ResponseWriter, err error) {
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		d.says.tooLarge.write(w)
		return
	}
	answerJSON(w, http.StatusBadRequest, gatewayMessage{Message: err.Error()})
}

// whole invokes the function and waits for all of its answer.
func (d *door) whole(ctx context.Context, w http.ResponseWriter, event []byte) {
	result, err := d.invoker.Invoke(ctx, event)
	if err != nil {
		d.fail(w, err)
		return
	}
	if d.maxReply > 0 && len(result.Payload) > d.maxReply {
		d.complain(w, errors.New("it is too large"))
		return
	}
	a, err := d.read(result.Payload)
	if err != nil {
		d.complain(w, err)
		return
	}
	d.head(w, a)
	_, _ = w.Write(a.body) // there is nobody to tell
}

// fail tells the client why there is no answer.
func (d *door) fail(w http.ResponseWriter, err error) {
	failure, ok := errors.AsType[*local.Failure](err)
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		d.opts.Logger.Warn("function took longer than the door waits", "door", d.name, "patience", d.patience)
		d.says.late.write(w)
	case !ok: // the client has gone
		d.says.failed.write(w)
	case failure.Kind == local.Throttled:
		d.says.tooMany.write(w)
	case failure.Kind == local.TooLarge:
		d.says.tooLarge.write(w)
	default:
		d.says.failed.write(w)
	}
}

// complain tells the client little and the log more of an answer that is none.
func (d *door) complain(w http.ResponseWriter, err error) {
	d.opts.Logger.Error("malformed answer of the function", "door", d.name, "error", err)
	d.says.malformed.write(w)
}

// head writes status and headers of an answer.
func (d *door) head(w http.ResponseWriter, a *answer) {
	h := w.Header()
	for name, values := range a.header {
		if renamed, ok := d.remap[name]; ok {
			name = renamed
		}
		if !ofOneHop(name) {
			h[name] = values
		}
	}
	if _, ok := h["Content-Type"]; !ok {
		h["Content-Type"] = nil // nothing is guessed from the body
		if d.contentType != "" {
			h.Set("Content-Type", d.contentType)
		}
	}
	w.WriteHeader(a.status)
}

// ofOneHop tells whether a header is a matter between two neighbours, or is set by the one who sends.
func ofOneHop(name string) bool {
	switch name {
	case "Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Connection", "Te", "Trailer", "Transfer-Encoding", "Upgrade", "Content-Length", "Date":
		return true
	}
	return false
}

// encode writes an event as AWS does: without escapes for HTML.
func encode(event any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(event); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}
