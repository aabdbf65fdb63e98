//go:build peers

package firestore_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/stores/firestore"
	"github.com/patchbay-go/patchbay/stores/storetest"
	"github.com/patchbay-go/patchbay/tests/servers"
)

func TestStore(t *testing.T) {
	e := emulate(t)
	storetest.Run(t, func(t *testing.T) core.Store {
		t.Helper()
		return anew{e.open(t, nil)}
	})
}

func TestSessions(t *testing.T) {
	e := emulate(t)
	storetest.Sessions(t, e.store)
}

func TestMessaging(t *testing.T) {
	e := emulate(t)
	storetest.MessagingUnder(t, e.store, load)
}

// load is less than storetest.Network: to read the end of a log, the emulator reads all of it.
var load = storetest.Load{Publishes: 50, Subscribers: 500}

// anew waits anew now and then, as core does: Google's emulator loses what is written while it sets a listener up, or garbles what it
// tells of it. TestWait has it tell of what comes later, at once.
type anew struct{ *firestore.Store }

func (s anew) Wait(ctx context.Context, after []core.Key) error {
	for {
		short, cancel := context.WithTimeout(ctx, 2*time.Second)
		err := s.Store.Wait(short, after)
		cancel()
		again := errors.Is(err, context.DeadlineExceeded) || status.Code(err) == codes.Internal
		if !again || ctx.Err() != nil {
			return err
		}
	}
}

// An emulator is one server for the subtests of a test.
type emulator struct{ address string }

func emulate(t *testing.T) *emulator {
	t.Helper()
	return &emulator{servers.Run(t, servers.Firestore()).Address}
}

// store is a storetest.Open.
func (e *emulator) store(t *testing.T) core.Store {
	t.Helper()
	return e.open(t, nil)
}

// open opens a store, over a wire on which things go wrong where there is one.
func (e *emulator) open(t *testing.T, w *wire) *firestore.Store {
	t.Helper()
	return e.openBy(t, w, nil)
}

// openBy is open by another clock.
func (e *emulator) openBy(t *testing.T, w *wire, now func() time.Time) *firestore.Store {
	t.Helper()
	opts := &firestore.Options{Emulator: e.address, Now: now}
	if w != nil {
		opts.Client = []option.ClientOption{
			option.WithGRPCDialOption(grpc.WithUnaryInterceptor(w.unary)), option.WithGRPCDialOption(grpc.WithStreamInterceptor(w.stream)),
		}
	}
	s, err := firestore.Open(t.Context(), "patchbay", opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return s
}

// A fault is what becomes of a call.
type fault struct {
	code   codes.Code // what the caller hears
	does   bool       // whether the server acts all the same
	before func()     // what happens before the caller hears of it
}

var (
	lost   = fault{code: codes.Unavailable, does: true}
	unsent = fault{code: codes.Unavailable}
	busy   = fault{code: codes.ResourceExhausted}
	raced  = fault{code: codes.Aborted}
)

// A wire is a connection on which the next calls of a method go wrong.
type wire struct {
	mu     sync.Mutex
	method string
	faults []fault
	always bool // the last fault stays
	calls  int  // of the method

	heard func(any) // each answer of a stream, where it is set
}

// next returns the fault of a call, or nil.
func (w *wire) next(method string) *fault {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !strings.HasSuffix(method, "/"+w.method) {
		return nil
	}
	w.calls++
	if len(w.faults) == 0 {
		return nil
	}
	f := w.faults[0]
	if len(w.faults) > 1 || !w.always {
		w.faults = w.faults[1:]
	}
	return &f
}

func (f *fault) err() error {
	if f.before != nil {
		f.before()
	}
	return status.Error(f.code, "as the test has it")
}

func (w *wire) unary(
	ctx context.Context, method string, request, answer any, conn *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption,
) error {
	f := w.next(method)
	if f == nil || f.does {
		if err := invoke(ctx, method, request, answer, conn, opts...); f == nil || err != nil {
			return err
		}
	}
	return f.err()
}

func (w *wire) stream(
	ctx context.Context, desc *grpc.StreamDesc, conn *grpc.ClientConn, method string, open grpc.Streamer, opts ...grpc.CallOption,
) (grpc.ClientStream, error) {
	f := w.next(method)
	if f != nil && !f.does {
		return nil, f.err()
	}
	s, err := open(ctx, desc, conn, method, opts...)
	return &stream{s, w, f, 0}, err
}

// A stream ends with the fault after the second answer, or at its end.
type stream struct {
	grpc.ClientStream
	wire    *wire
	fault   *fault
	answers int
}

func (s *stream) RecvMsg(m any) error {
	err := s.ClientStream.RecvMsg(m)
	s.answers++
	if s.fault != nil && (s.answers > 2 || errors.Is(err, io.EOF)) {
		return s.fault.err()
	}
	if err == nil && s.wire.heard != nil {
		s.wire.heard(m)
	}
	return err
}
