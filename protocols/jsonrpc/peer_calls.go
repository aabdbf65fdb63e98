package jsonrpc

import (
	"context"
	"strconv"
	"sync"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/core/value"
	"github.com/patchbay-go/patchbay/wire/json"
)

var _ core.Caller = (*peer)(nil)

// callsBack are the calls to the peer whose answers have not come.
type callsBack struct {
	most    int
	waiting chan struct{} // holds one while there is any

	mu      sync.Mutex
	last    uint64 // the id of the last one
	answers map[string]chan answer
}

// An answer is what the peer has sent back.
type answer struct {
	result value.Packed
	fault  *core.Fault // where it is one
}

func newCallsBack(most int) callsBack {
	return callsBack{most: most, waiting: make(chan struct{}, 1), answers: map[string]chan answer{}}
}

// areWaiting reports whether any call waits.
func (c *callsBack) areWaiting() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.answers) == 0 {
		return false
	}
	signal(c.waiting)
	return true
}

// begin returns the id for a new call and where its answer comes.
func (c *callsBack) begin() (id string, answered chan answer, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.answers) >= c.most {
		return "", nil, core.Exhausted.Errorf("More than %d calls wait for this peer.", c.most)
	}
	c.last++
	id, answered = strconv.FormatUint(c.last, 10), make(chan answer, 1)
	c.answers[id] = answered
	signal(c.waiting)
	return id, answered, nil
}

func (c *callsBack) end(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.answers, id)
}

// take gives an answer to who waits for it. One that nobody waits for, any longer or at all, is dropped.
func (c *callsBack) take(id []byte, a answer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if answered := c.answers[string(id)]; answered != nil {
		delete(c.answers, string(id))
		answered <- a
	}
}

// Call implements core.Caller. A call that has no earlier deadline has Options.CallTimeout.
func (p *peer) Call(ctx context.Context, method string, args, result any) error {
	ctx, cancel := context.WithTimeout(ctx, p.endpoint.opts.CallTimeout)
	defer cancel()
	id, answered, err := p.back.begin()
	if err != nil {
		return err
	}
	defer p.back.end(id)
	unit, err := p.request(method, args, id)
	if err != nil {
		return err
	}
	if err := p.socket.Send(ctx, unit); err != nil && ctx.Err() == nil {
		return gone().WithCause(err)
	}
	select {
	case a := <-answered:
		return p.bind(a, result)
	case <-p.socket.Done():
		return gone()
	case <-ctx.Done():
		return core.AsFault(ctx.Err())
	}
}

func gone() *core.Fault { return core.Unavailable.Errorf("The peer has gone.") }

// request writes a request (specification, section 4).
func (p *peer) request(method string, args any, id string) ([]byte, error) {
	limits := p.set.Limits().Value
	out := []byte(`{"jsonrpc":"2.0","method":`)
	out, err := p.appendValue(out, method, limits)
	if err != nil {
		return nil, err
	}
	if args != nil {
		out = append(out, `,"params":`...)
		start := len(out)
		if out, err = p.appendValue(out, args, limits); err != nil {
			return nil, err
		}
		if c := out[start]; c != '{' && c != '[' {
			return nil, core.Invalid.Errorf("The arguments of a call are a list, a struct or a map, and no %T.", args)
		}
	}
	out = append(out, beforeID...)
	out = append(out, id...)
	return append(out, '}'), nil
}

func (p *peer) appendValue(out []byte, v any, limits value.Limits) ([]byte, error) {
	w := json.NewWriter(out, limits)
	err := value.NewEncoder(w, p.set.Registry(), limits).Encode(v)
	return w.Bytes(), err
}

// bind puts an answer into what result points to.
func (p *peer) bind(a answer, result any) error {
	if a.fault != nil {
		return a.fault
	}
	if result == nil {
		return nil
	}
	return a.result.Bind(result, p.set.Registry(), p.set.Limits().Value)
}

// isAnswer reports whether this is no request, but the answer to one of ours.
func (r *request) isAnswer() bool { return r.answer != nil }

// readOutcome notes a member of a response: its result, or its error (specification, section 5). Who cannot be called sends none.
func (s *step) readOutcome(req *request, name string) error {
	if s.peer == nil {
		_, err := s.reader.Raw()
		return err
	}
	late, err := s.decoder.Late()
	if err != nil {
		return err
	}
	if req.answer == nil {
		req.answer = &answer{}
	}
	if name == "result" {
		req.answer.result, err = late.Pack(s.set.Limits().Value)
		return err
	}
	var object errorObject
	if err := late.Bind(&object); err != nil {
		req.answer.fault = core.Failed.Errorf("The peer has answered with an error that cannot be read.").WithCause(err)
		return nil
	}
	req.answer.fault = faultOf(&object)
	return nil
}

// faultOf returns the fault that a peer's error is: by its code where the specification gives that a meaning, else Failed.
func faultOf(object *errorObject) *core.Fault {
	code := core.Failed
	for c, wire := range codes {
		if wire == object.Code {
			code = core.Code(c)
			break
		}
	}
	if code == core.Internal {
		code = core.Failed // a Fault of ours that is Internal has no text
	}
	return &core.Fault{Code: code, Message: object.Message, Detail: object.Data}
}
