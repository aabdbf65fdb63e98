package server

import (
	"context"
	"io"
	"net/http"
	"sync"
	"time"
)

// live answers while the process answers anything.
func live(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = io.WriteString(w, "alive\n")
}

const (
	readyFor     = time.Second     // how long an answer of the store is believed
	storeTimeout = 2 * time.Second // how long the store may take to answer
)

// readiness says whether requests can be answered: not while the server ends, and not without the store. However many ask, the
// store is asked once at a time and once per readyFor.
type readiness struct {
	server *Server

	mu    sync.Mutex
	asked time.Time
	err   error
}

func newReadiness(s *Server) *readiness { return &readiness{server: s} }

// ServeHTTP implements http.Handler.
func (rd *readiness) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	if rd.server.draining.Load() {
		refuse(w, http.StatusServiceUnavailable, "The server ends.")
		return
	}
	if err := rd.ask(r.Context()); err != nil {
		refuse(w, http.StatusServiceUnavailable, "The store does not answer.")
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = io.WriteString(w, "ready\n")
}

// ask asks the store, or repeats what it said lately. A prober that goes away must not make the others believe that the store has
// failed, so the question has a time of its own.
func (rd *readiness) ask(ctx context.Context) error {
	rd.mu.Lock()
	defer rd.mu.Unlock()
	if !rd.asked.IsZero() && time.Since(rd.asked) < readyFor {
		return rd.err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeTimeout)
	defer cancel()
	err := rd.server.set.Ready(ctx)
	if err != nil && rd.err == nil {
		rd.server.opts.Logger.ErrorContext(ctx, "store does not answer", "error", err)
	}
	rd.err, rd.asked = err, time.Now()
	return err
}
