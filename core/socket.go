package core

import "context"

// A Socket is a connection of the transport's that this process holds and over which both sides send units whenever they like: a
// WebSocket, a TCP connection. The transport owns it, and hands its units to the endpoint one after the other. An endpoint keeps what
// belongs to the socket in the socket; so it stays a step itself. Any number of goroutines may call the methods, at any time.
type Socket interface {
	// ID names the socket: nobody can guess it, and no other has the same.
	ID() string

	// Send hands over one unit, which the transport has copied or written when it returns. It waits for a peer that is slow; one that
	// takes nothing for too long loses the socket. When the socket has ended it fails.
	Send(ctx context.Context, unit []byte) error

	// Close ends the socket and tells its peer why, in the transport's words by the code of the fault; nil: in good order. It does not
	// wait for anything.
	Close(why *Fault)

	// Done is closed when the socket has ended.
	Done() <-chan struct{}

	// Go runs f in a goroutine of the socket's, with a ctx that ends with the socket. The transport waits for f before it forgets
	// the socket; when the server is about to end, it waits before it closes it, as it does for a call: what has no end of its own
	// ends when the set drains (a Feed's ErrDraining).
	Go(f func(ctx context.Context))

	// Keep returns what is kept in the socket under a key (an unexported type of the caller's own, or a pointer), and keeps what
	// first returns where that is nothing yet.
	Keep(key any, first func() any) any
}

// A Caller calls what a peer at the other end of a socket offers: calls go both ways there. Its methods may be called by any number of
// goroutines, and while the socket lives also behind the call that it came with.
type Caller interface {
	// Call runs an operation of the peer's and binds its answer to what result, a pointer, points to; nil: it is dropped. A list
	// in args ([]any) is arguments in order, a struct or a map is arguments by name, nil is none. The error is a Fault: the peer's own,
	// Timeout, Canceled, Unavailable where the socket has ended, Exhausted where too many calls wait for this peer.
	Call(ctx context.Context, operation string, args, result any) error
}
