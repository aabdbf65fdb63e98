package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/patchbay-go/patchbay/core"
)

// A Server answers HTTP requests from a ChannelSet. It is set up by one goroutine (New, Listen); its other methods may be called
// by any number.
type Server struct {
	*Handler

	http      *http.Server
	cancel    context.CancelCauseFunc // of all requests
	listeners []net.Listener          // not changed after Serve was called
	shutdown  sync.Once
	ended     error // what the shutdown gave; set by it
}

// errEnding is why requests are canceled at the end of Options.Grace.
var errEnding = errors.New("the server ends")

// maxHeader is how many bytes a request's header may have: cookies and credentials fit many times.
const maxHeader = 64 << 10

// maxStreams is how many requests one connection of HTTP/2 may have at once: a proxy sends those of all its clients by it, and polls wait.
const maxStreams = 1000

// New returns a Server for set. It panics where a path names a channel that the set has not, or one of our own paths: mistakes of
// set-up.
func New(set *core.ChannelSet, opts *Options) *Server {
	s := &Server{Handler: NewHandler(set, opts)}
	base, cancel := context.WithCancelCause(context.Background())
	s.cancel = cancel
	s.http = &http.Server{
		Handler:           s.Handler,
		ReadHeaderTimeout: s.opts.HeaderTimeout,
		ReadTimeout:       s.opts.ReadTimeout,
		IdleTimeout:       s.opts.IdleTimeout,
		MaxHeaderBytes:    maxHeader,
		BaseContext:       func(net.Listener) context.Context { return base },
		ErrorLog:          slog.NewLogLogger(s.opts.Logger.Handler(), slog.LevelWarn),
		Protocols:         s.opts.protocols(),
		HTTP2:             &http.HTTP2Config{MaxConcurrentStreams: maxStreams},
	}
	// Only now, when no connection is kept on which a poll that was answered would come again at once.
	s.http.RegisterOnShutdown(func() {
		set.Drain()
		s.sockets.drain()
	})
	return s
}

// Listen opens a TCP address ("127.0.0.1:8080"; port 0 picks one) and returns the one it has got. Connections wait until Serve.
// It may be called for several addresses.
func (s *Server) Listen(addr string) (net.Addr, error) {
	l, err := new(net.ListenConfig).Listen(context.Background(), "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", addr, err)
	}
	s.listeners = append(s.listeners, l)
	return l.Addr(), nil
}

// Serve answers requests on everything that Listen has opened, and sweeps, until ctx ends, and then shuts down. It returns nil
// after an orderly end.
func (s *Server) Serve(ctx context.Context) error {
	failed := make(chan error, len(s.listeners))
	var running sync.WaitGroup
	sweeping, endSweep := context.WithCancel(ctx)
	running.Go(func() { s.sweep(sweeping) })
	for _, l := range s.listeners {
		running.Go(func() {
			if err := s.http.Serve(l); !errors.Is(err, http.ErrServerClosed) {
				failed <- fmt.Errorf("serve on %s: %w", l.Addr(), err)
			}
		})
	}
	defer running.Wait()
	defer endSweep()
	select {
	case <-ctx.Done():
		return s.Shutdown(context.WithoutCancel(ctx))
	case err := <-failed:
		return errors.Join(err, s.Shutdown(context.WithoutCancel(ctx)))
	}
}

// Shutdown ends the server: /readyz says so for Options.Notice, then no more connections are taken, all waiting ends
// (core.ChannelSet.Drain: polls answer with what they have, streams end), sockets are closed, and calls may end within Options.Grace.
// Those that do not are canceled, answer that, and are cut off if they do not obey. It returns when all is over, earlier and less orderly
// if ctx ends. It may be called twice.
func (s *Server) Shutdown(ctx context.Context) error {
	s.shutdown.Do(func() { s.ended = s.end(ctx) })
	return s.ended
}

// obedience is how long canceled calls have to answer that they are.
const obedience = time.Second

func (s *Server) end(ctx context.Context) error {
	s.draining.Store(true)
	wait(ctx, s.opts.Notice)
	err := s.drain(ctx, s.opts.Grace)
	if err == nil {
		s.cancel(errEnding)
		return nil
	}
	s.opts.Logger.WarnContext(ctx, "calls did not end in time and are canceled")
	s.cancel(errEnding)
	if err = s.drain(context.WithoutCancel(ctx), obedience); err == nil {
		return nil
	}
	s.sockets.cut()
	if s.serving.Load() == 0 { // all that is left are senders that let us wait for their bodies
		return s.http.Close()
	}
	return errors.Join(fmt.Errorf("shut down: %w", err), s.http.Close())
}

// drain waits until no request is being answered any more and no socket is open.
func (s *Server) drain(ctx context.Context, limit time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	return errors.Join(s.http.Shutdown(ctx), s.sockets.wait(ctx))
}

func wait(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
