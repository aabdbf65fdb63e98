package jsonrpc

import (
	"errors"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/core/value"
)

// A request is one request object, its arguments still encoded (specification, section 4).
type request struct {
	id     []byte // as the peer wrote it, a view into the unit; nil: a notification
	method string
	args   *core.Arguments // of this request alone: a target may hold on to it against the rules, and must not get another's
	fault  *core.Fault     // why it cannot be run: Malformed if it is no valid request
	answer *answer         // where it is no request but the peer's answer to one; only over sockets
}

var nullID = []byte("null")

// isNotification reports whether nothing may be answered.
func (r *request) isNotification() bool { return r.id == nil }

// idOrNull is the id for a response that has to be sent even if no id was found.
func (r *request) idOrNull() []byte {
	if r.id == nil {
		return nullID
	}
	return r.id
}

// refuse notes the first thing that is wrong with the request.
func (r *request) refuse(fault *core.Fault) {
	if r.fault == nil {
		r.fault = fault
	}
}

// maxArguments is how many arguments a call may have: each costs some memory before the method is known.
const maxArguments = 1024

// readRequests reads the whole unit. A Fault means that nothing of it will be run.
func (s *step) readRequests() *core.Fault {
	if err := s.reader.Err(); err != nil {
		return unreadable(err)
	}
	err := s.readUnit()
	switch fault := (*core.Fault)(nil); {
	case err == nil:
		return nil
	case errors.As(err, &fault):
		return fault
	}
	return unreadable(err)
}

// unreadable is the fault for a unit that is no JSON text, or goes over a limit.
func unreadable(err error) *core.Fault {
	if errors.Is(err, value.ErrLimit) {
		return core.TooLarge.Errorf("%s", err)
	}
	return parseError(err.Error())
}

func (s *step) readUnit() error {
	start := s.reader.Mark()
	var t value.Token
	if err := s.reader.Next(&t); err != nil {
		return err
	}
	if t.Kind == value.KindList {
		s.batch = true
		return s.readBatch()
	}
	if err := s.reader.Enter(start); err != nil {
		return err
	}
	defer s.reader.Leave()
	return s.readRequest()
}

// readBatch reads the elements of an array (specification, section 6).
func (s *step) readBatch() error {
	for s.reader.More() {
		if len(s.requests) == s.endpoint.opts.MaxBatch {
			return core.TooLarge.Errorf("A batch may have %d requests at most.", s.endpoint.opts.MaxBatch)
		}
		if err := s.readRequest(); err != nil {
			return err
		}
	}
	if len(s.requests) == 0 {
		return invalidRequest("an empty batch")
	}
	return s.reader.Err()
}

// nextRequest returns a fresh request.
func (s *step) nextRequest() *request {
	s.requests = append(s.requests, request{args: new(core.Arguments)})
	return &s.requests[len(s.requests)-1]
}

// readRequest reads one request. The error is that of the reader; what is wrong with the request stays in it.
func (s *step) readRequest() error {
	req := s.nextRequest()
	var t value.Token
	if err := s.reader.Next(&t); err != nil {
		return err
	}
	if t.Kind != value.KindMap && t.Kind != value.KindObject {
		req.refuse(invalidRequest("a request is an object"))
		return s.reader.Skip(&t)
	}
	version, method := false, false
	for s.reader.More() {
		if err := s.reader.Next(&t); err != nil { // the name
			return err
		}
		var err error
		switch t.Text() {
		case "jsonrpc":
			version, err = s.readVersion()
		case "method":
			method, err = s.readMethod(req)
		case "params":
			err = s.readParams(req)
		case "id":
			err = s.readID(req)
		case "result", "error":
			err = s.readOutcome(req, t.Text())
		default:
			_, err = s.reader.Raw()
		}
		if err != nil {
			return err
		}
	}
	if !version {
		req.refuse(invalidRequest(`"jsonrpc" must be "2.0"`))
	}
	if method {
		req.answer = nil
	} else if !req.isAnswer() {
		req.refuse(invalidRequest(`"method" must be a string`))
	}
	return s.reader.Next(&t) // the end
}

func (s *step) readVersion() (ok bool, err error) {
	var t value.Token
	if err := s.reader.Next(&t); err != nil {
		return false, err
	}
	return t.Kind == value.KindString && t.TextIs("2.0"), s.reader.Skip(&t)
}

func (s *step) readMethod(req *request) (ok bool, err error) {
	var t value.Token
	if err := s.reader.Next(&t); err != nil {
		return false, err
	}
	if t.Kind == value.KindString {
		req.method = t.Text()
	}
	return t.Kind == value.KindString, s.reader.Skip(&t)
}

func (s *step) readID(req *request) error {
	raw, err := s.reader.Raw()
	if err != nil {
		return err
	}
	switch raw[0] {
	case '{', '[', 't', 'f':
		req.refuse(invalidRequest(`"id" must be a string, a number or null`))
	default:
		req.id = raw
	}
	return nil
}

// readParams passes over the arguments and notes where they are: their types are known when the method is.
func (s *step) readParams(req *request) error {
	var t value.Token
	if err := s.reader.Next(&t); err != nil {
		return err
	}
	named := t.Kind == value.KindMap || t.Kind == value.KindObject
	if !named && t.Kind != value.KindList {
		req.refuse(invalidRequest(`"params" must be an array or an object`))
		return nil
	}
	container := t
	for n := 0; s.reader.More(); n++ {
		if n == maxArguments {
			req.refuse(core.Invalid.Errorf("A call may have %d arguments at most.", maxArguments))
			return s.reader.Skip(&container)
		}
		if err := s.readArgument(req, named); err != nil {
			return err
		}
	}
	return s.reader.Next(&t) // the end
}

func (s *step) readArgument(req *request, named bool) error {
	var name string
	if named {
		var t value.Token
		if err := s.reader.Next(&t); err != nil {
			return err
		}
		name = t.Text()
	}
	late, err := s.decoder.Late()
	if err != nil {
		return err
	}
	if named {
		req.args.Named = append(req.args.Named, core.Named{Name: name, Value: late})
	} else {
		req.args.Positional = append(req.args.Positional, late)
	}
	return nil
}
