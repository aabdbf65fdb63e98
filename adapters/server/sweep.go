package server

import (
	"context"
	"time"
)

// sweep ends connections that have expired, again and again until ctx ends. What one sweep could not do the next one does.
func (s *Server) sweep(ctx context.Context) {
	if s.opts.Sweep < 0 {
		return
	}
	ticks := time.NewTicker(s.opts.Sweep)
	defer ticks.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticks.C:
		}
		if err := s.set.Sweep(ctx); err != nil && ctx.Err() == nil {
			s.opts.Logger.WarnContext(ctx, "sweep", "error", err)
		}
	}
}
