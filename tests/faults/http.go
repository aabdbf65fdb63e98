package faults

import (
	"io"
	"net"
	"net/http"
	"syscall"
)

// A Transport is an http.RoundTripper on which things go wrong.
type Transport struct {
	Base http.RoundTripper // the way to the server
	Plan *Plan

	// Busy makes the answer of a server that is: an HTTP status and a body of its protocol.
	Busy func(*http.Request) *http.Response
}

// RoundTrip implements http.RoundTripper.
func (t *Transport) RoundTrip(r *http.Request) (*http.Response, error) {
	fault := t.Plan.Next(Unsent, Unheard, Busy)
	if fault != None {
		defer t.Plan.Happened()
	}
	switch fault {
	case Unsent:
		closeBody(r)
		return nil, errReset
	case Busy:
		closeBody(r)
		return t.Busy(r), nil
	case Unheard:
		if err := t.unheard(r); err != nil {
			return nil, err
		}
		return nil, errReset
	}
	return t.Base.RoundTrip(r)
}

// closeBody does what a RoundTripper owes to a request that it does not send.
func closeBody(r *http.Request) {
	if r.Body != nil {
		_ = r.Body.Close()
	}
}

// errReset is what a client sees of a connection that was cut.
var errReset error = &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}

// unheard lets the server act, to the end of its answer.
func (t *Transport) unheard(r *http.Request) error {
	answer, err := t.Base.RoundTrip(r)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	_, err = io.Copy(io.Discard, answer.Body)
	return err
}
