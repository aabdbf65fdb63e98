// Package rpc lets things go wrong between a gRPC client and its server, as a plan of package faults says.
package rpc

import (
	"context"
	"errors"
	"io"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/patchbay-go/patchbay/tests/faults"
)

// Options are those of a connection on which things go wrong.
func Options(p *faults.Plan) []grpc.DialOption {
	w := wire{p}
	return []grpc.DialOption{grpc.WithChainUnaryInterceptor(w.unary), grpc.WithChainStreamInterceptor(w.stream)}
}

// A wire is a connection with a plan.
type wire struct{ plan *faults.Plan }

var (
	errCut       = status.Error(codes.Unavailable, "the connection was cut")
	errBusy      = status.Error(codes.ResourceExhausted, "too much at once")
	errContended = status.Error(codes.Aborted, "too much contention on these documents")
)

// unary is a grpc.UnaryClientInterceptor.
func (w wire) unary(
	ctx context.Context, method string, request, answer any, conn *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption,
) error {
	call := func() error { return invoke(ctx, method, request, answer, conn, opts...) }
	fault := w.plan.Next(faults.Unsent, faults.Unheard, faults.Busy, faults.Contended)
	if fault != faults.None {
		defer w.plan.Happened()
	}
	switch fault {
	case faults.Unsent:
		return errCut
	case faults.Busy:
		return errBusy
	case faults.Contended:
		return errContended
	case faults.Unheard:
		if err := call(); unreached(err) {
			return err
		}
		return errCut
	}
	return call()
}

// unreached reports whether a call has not come to its end: then nobody knows what the server does.
func unreached(err error) bool {
	switch status.Code(err) {
	case codes.Canceled, codes.DeadlineExceeded, codes.Unavailable:
		return true
	}
	return false
}

// stream is a grpc.StreamClientInterceptor. A stream on which the server answers is cut before or behind its first answer; what the
// client sends on it is not sent twice.
func (w wire) stream(
	ctx context.Context, desc *grpc.StreamDesc, conn *grpc.ClientConn, method string, open grpc.Streamer, opts ...grpc.CallOption,
) (grpc.ClientStream, error) {
	switch w.plan.Next(faults.Unsent, faults.Unheard, faults.Busy) {
	case faults.Unsent:
		w.plan.Happened()
		return nil, errCut
	case faults.Busy:
		w.plan.Happened()
		return nil, errBusy
	case faults.Unheard:
		ctx, cancel := context.WithCancel(ctx)
		s, err := open(ctx, desc, conn, method, opts...)
		if err != nil {
			cancel()
			return nil, err
		}
		return &cutStream{ClientStream: s, plan: w.plan, cancel: cancel}, nil
	}
	return open(ctx, desc, conn, method, opts...)
}

// A cutStream gives no answer after the first.
type cutStream struct {
	grpc.ClientStream
	plan     *faults.Plan
	cancel   context.CancelFunc
	answered bool
}

// RecvMsg implements grpc.ClientStream.
func (s *cutStream) RecvMsg(m any) error {
	if s.answered {
		return s.cut()
	}
	s.answered = true
	err := s.ClientStream.RecvMsg(m)
	if errors.Is(err, io.EOF) {
		return s.cut()
	}
	return err
}

func (s *cutStream) cut() error {
	s.cancel()
	s.plan.Happened()
	return errCut
}
