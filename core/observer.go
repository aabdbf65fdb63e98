package core

import (
	"context"
	"time"
)

// An Observer is told what happens, for metrics and traces. Its methods may be called by any number of goroutines, must not block
// and keep nothing of what they are given.
type Observer interface {
	// CallStarted is told of a call before its interceptors run. The context it returns is that of the call, and the func is
	// called when the call has ended: fault is nil for a good end.
	CallStarted(ctx context.Context, call *Call) (context.Context, func(fault *Fault))

	// StoreUsed is told of each use of the store: which verb, on how many items, how long it took, and its error.
	StoreUsed(ctx context.Context, verb string, items int, took time.Duration, err error)
}

type noObserver struct{}

func (noObserver) CallStarted(ctx context.Context, _ *Call) (context.Context, func(*Fault)) {
	return ctx, func(*Fault) {}
}

func (noObserver) StoreUsed(context.Context, string, int, time.Duration, error) {}
