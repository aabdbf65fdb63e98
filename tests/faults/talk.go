package faults

import (
	"net"
	"sync"
)

// A talk is one connection through a Proxy.
type talk struct {
	client, server net.Conn
	plan           *Plan
	complete       Complete

	mu     sync.Mutex
	asked  bool   // a request is on its way or being answered
	fault  Fault  // of that
	answer []byte // so far
}

// cut ends the connection on both sides.
func (t *talk) cut() {
	_ = t.client.Close()
	_ = t.server.Close()
}

// requests carries what the client says.
func (t *talk) requests() {
	defer t.cut()
	for buffer := make([]byte, 32<<10); ; {
		n, err := t.client.Read(buffer)
		if err != nil || !t.begins() {
			return
		}
		if _, err := t.server.Write(buffer[:n]); err != nil {
			return
		}
	}
}

// begins decides about a request, where this is the beginning of one, and reports whether it may go on to the server.
func (t *talk) begins() bool {
	if t.plan == nil {
		return true
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.asked {
		t.asked, t.answer, t.fault = true, nil, t.plan.Next(Unsent, Unheard)
	}
	if t.fault == Unsent {
		t.plan.Happened()
	}
	return t.fault != Unsent
}

// answers carries what the server says. What is nobody's answer, such as a notice, goes on too.
func (t *talk) answers() {
	defer t.cut()
	for buffer := make([]byte, 32<<10); ; {
		n, err := t.server.Read(buffer)
		if err != nil || !t.goesOn(buffer[:n]) {
			return
		}
		if _, err := t.client.Write(buffer[:n]); err != nil {
			return
		}
	}
}

// goesOn reports whether a part of an answer goes on to the client. An answer that is not to be heard is waited for until its end.
func (t *talk) goesOn(part []byte) bool {
	if t.plan == nil {
		return true
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.answer = append(t.answer, part...)
	if t.asked && t.complete(t.answer) {
		t.asked, t.answer = false, nil
		if t.fault == Unheard {
			t.plan.Happened()
			return false
		}
	}
	return true
}
