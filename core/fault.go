package core

import (
	"context"
	"errors"
	"fmt"

	"github.com/patchbay-go/patchbay/core/value"
)

// A Fault is the only error whose text reaches a peer. Anything else goes out as Internal, without text, and into the log in full.
// A Fault is not changed after it was made.
type Fault struct {
	Code    Code
	Name    string // in place of the protocol's own name for Code (Flex faultCode, WAMP URI, AMP code); empty: that name
	Message string // for people at the other end; empty for Internal
	Detail  any    // anything that can be encoded; nil: nothing

	cause error // for the log and for errors.Is; never sent
}

// Errorf returns a Fault with that code and text. What is formatted with %w becomes its cause; note that its text is sent.
func (c Code) Errorf(format string, args ...any) *Fault {
	err := fmt.Errorf(format, args...)
	return &Fault{Code: c, Message: err.Error(), cause: errors.Unwrap(err)}
}

// Error returns code, text and cause, for logs.
func (f *Fault) Error() string {
	text := f.Code.String()
	if f.Message != "" {
		text += ": " + f.Message
	}
	if f.cause != nil && f.cause.Error() != f.Message {
		text += " (" + f.cause.Error() + ")"
	}
	return text
}

// Unwrap returns the cause.
func (f *Fault) Unwrap() error { return f.cause }

// WithCause returns a copy of f that keeps the reason for the log and for errors.Is and errors.AsType. It is not sent.
func (f *Fault) WithCause(err error) *Fault {
	c := *f
	c.cause = err
	return &c
}

// WithName returns a copy of f with a name of its own on the wire.
func (f *Fault) WithName(name string) *Fault {
	c := *f
	c.Name = name
	return &c
}

// WithDetail returns a copy of f with a value that goes to the peer beside the text.
func (f *Fault) WithDetail(detail any) *Fault {
	c := *f
	c.Detail = detail
	return &c
}

// AsFault returns what a peer may know of err: a Fault as it is, a value that cannot be read or bound with its reason, if that is one
// of value's own and not what a type of the application has said, a deadline as Timeout, a cancellation as Canceled, and anything else
// as Internal without text. The cause is err. AsFault(nil) is nil.
func AsFault(err error) *Fault {
	if err == nil {
		return nil
	}
	if f, ok := errors.AsType[*Fault](err); ok {
		return withoutSecrets(f, err)
	}
	if e, ok := errors.AsType[*value.Error](err); ok && value.HasReason(e) {
		return &Fault{Code: codeOfValue(e), Message: e.Error(), cause: err}
	}
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return &Fault{Code: Timeout, Message: "The call took too long.", cause: err}
	case errors.Is(err, context.Canceled):
		return &Fault{Code: Canceled, Message: "The call was canceled.", cause: err}
	}
	return &Fault{Code: Internal, cause: err}
}

// withoutSecrets returns f; an Internal one without what its author wrote into it, which stays in the cause.
func withoutSecrets(f *Fault, err error) *Fault {
	if f.Code != Internal || (f.Message == "" && f.Detail == nil) {
		return f
	}
	return &Fault{Code: Internal, Name: f.Name, cause: err}
}

// codeOfValue tells arguments that cannot be read from those that do not fit and from results that cannot be written.
func codeOfValue(e *value.Error) Code {
	switch {
	case errors.Is(e, value.ErrTruncated), errors.Is(e, value.ErrSyntax):
		return Malformed
	case errors.Is(e, value.ErrLimit):
		return TooLarge
	case errors.Is(e, value.ErrEncode):
		return Failed
	}
	return Invalid
}
