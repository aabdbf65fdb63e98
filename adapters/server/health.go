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

// readiness says whether requests can be answered: not while the server ends, and not without the store. What the store has to say to its
// operators is the second line. However many ask, the store is asked once at a time and once per readyFor.
type readiness struct {
	handler *Handler

	mu    sync.Mutex
	asked time.Time
	note  string // of the store
	err   error
}

func newReadiness(h *Handler) *readiness { return &readiness{handler: h} }

// ServeHTTP implements http.Handler.
func (rd *readiness) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	if rd.handler.draining.Load() {
		refuse(w, http.StatusServiceUnavailable, "The server ends.")
		return
	}
	note, err := rd.ask(r.Context())
	if err != nil {
		refuse(w, http.StatusServiceUnavailable, "The store does not answer.")
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = io.WriteString(w, "ready\n")
	if note != "" {
		_, _ = io.WriteString(w, note+"\n")
	}
}

// ask asks the store, or repeats what it said lately. A prober that goes away must not make the others believe that the store has
// failed, so the question has a time of its own.
func (rd *readiness) ask(ctx context.Context) (note string, err error) {
	rd.mu.Lock()
	defer rd.mu.Unlock()
	if !rd.asked.IsZero() && time.Since(rd.asked) < readyFor {
		return rd.note, rd.err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeTimeout)
	defer cancel()
	if err = rd.handler.set.Ready(ctx); err == nil {
		note, err = rd.handler.set.StoreNote(ctx)
	}
	if err != nil && rd.err == nil {
		rd.handler.opts.Logger.ErrorContext(ctx, "store does not answer", "error", err)
	}
	rd.note, rd.err, rd.asked = note, err, time.Now()
	return note, err
}
