package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/tests/servers"
)

// A report is all that was measured. It is what --json prints and --from reads.
type report struct {
	Figures []figure      `json:"figures"`
	Fans    []fanFigure   `json:"fans"`
	Crushes []crushFigure `json:"crushes"`
}

// measureKind starts a kind's server, measures, and ends it.
func measureKind(ctx context.Context, k *kind, s *settings, r *report) (err error) {
	folder, err := os.MkdirTemp("", "patchbay-bench-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	var server *servers.Server
	if k.program != nil {
		if server, err = servers.Start(ctx, k.program(), folder); err != nil {
			return err
		}
		defer server.Stop()
	}
	store, err := k.open(ctx, server, folder)
	if err != nil {
		return fmt.Errorf("open: %w", err)
	}
	defer func() { _ = store.Close() }()
	return measureStore(ctx, k, store, s, r)
}

// measureStore measures on an open store, with one number of subscribers after the other.
func measureStore(ctx context.Context, k *kind, store core.Store, s *settings, r *report) error {
	if s.crush { // first: later some emulators have become slow
		if err := measureCrushes(ctx, k, store, r); err != nil {
			return err
		}
	}
	set := newSet(store)
	defer set.Drain()
	if err := publish(ctx, set, news); err != nil { // makes the destination; nobody has subscribed yet
		return err
	}
	for _, n := range s.subscribers {
		start := time.Now()
		if err := measureCrowd(ctx, k, set, n, s, r); err != nil {
			return fmt.Errorf("%d subscribers: %w", n, err)
		}
		s.progress("%s: %d subscribers, %.1f s", k.name, n, time.Since(start).Seconds())
	}
	return nil
}

// measureCrowd measures with n subscribers, who all are new: those before them poll no more.
func measureCrowd(ctx context.Context, k *kind, set *core.ChannelSet, n int, s *settings, r *report) error {
	c, err := newCrowd(ctx, set, n)
	if err != nil {
		return err
	}
	polling, atOnce := n, atOnce
	if k.slow {
		atOnce = fewAtOnce
	}
	if k.slow && !s.patient {
		polling = min(n, fewPolling)
	}
	fan, err := c.measureFan(ctx, polling, atOnce)
	if err != nil {
		return err
	}
	fan.Store = k.name
	r.Fans = append(r.Fans, fan)
	figures, err := c.measureOperations(ctx, s.samples)
	for i := range figures {
		figures[i].Store = k.name
	}
	r.Figures = append(r.Figures, figures...)
	return err
}

// measureCrushes lets many publish at once, in one process and in as many as there are publishers.
func measureCrushes(ctx context.Context, k *kind, store core.Store, r *report) error {
	for _, processes := range []int{1, crushPublishers} {
		f, err := measureCrush(ctx, store, processes)
		if err != nil {
			return err
		}
		f.Store = k.name
		r.Crushes = append(r.Crushes, f)
	}
	return nil
}
