package faults

import (
	"context"
	"errors"
	"io"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// Dial returns the options of a gRPC connection on which things go wrong.
func (p *Plan) Dial() []grpc.DialOption {
	return []grpc.DialOption{grpc.WithChainUnaryInterceptor(p.unary), grpc.WithChainStreamInterceptor(p.stream)}
}

var (
	errCut       = status.Error(codes.Unavailable, "the connection was cut")
	errBusy      = status.Error(codes.ResourceExhausted, "too much at once")
	errContended = status.Error(codes.Aborted, "too much contention on these documents")
)

// unary is a grpc.UnaryClientInterceptor.
func (p *Plan) unary(
	ctx context.Context, method string, request, answer any, conn *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption,
) error {
	call := func() error { return invoke(ctx, method, request, answer, conn, opts...) }
	fault := p.next(Unsent, Unheard, Busy, Contended)
	if fault != None {
		defer p.happened()
	}
	switch fault {
	case Unsent:
		return errCut
	case Busy:
		return errBusy
	case Contended:
		return errContended
	case Unheard:
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
func (p *Plan) stream(
	ctx context.Context, desc *grpc.StreamDesc, conn *grpc.ClientConn, method string, open grpc.Streamer, opts ...grpc.CallOption,
) (grpc.ClientStream, error) {
	switch p.next(Unsent, Unheard, Busy) {
	case Unsent:
		p.happened()
		return nil, errCut
	case Busy:
		p.happened()
		return nil, errBusy
	case Unheard:
		ctx, cancel := context.WithCancel(ctx)
		s, err := open(ctx, desc, conn, method, opts...)
		if err != nil {
			cancel()
			return nil, err
		}
		return &cutStream{ClientStream: s, plan: p, cancel: cancel}, nil
	}
	return open(ctx, desc, conn, method, opts...)
}

// A cutStream gives no answer after the first.
type cutStream struct {
	grpc.ClientStream
	plan     *Plan
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
	s.plan.happened()
	return errCut
}
