package runtime

import (
	"context"
	"log/slog"
	"time"

	"github.com/patchbay-go/patchbay/local"
)

// report logs how an invocation went, which is well where there is no failure, and, where it was asked for, how much memory its process has taken.
func (s *sandbox) report(inv *invocation, failure *local.Failure) {
	f := s.function
	took := time.Since(inv.began)
	f.took(took)
	attrs := []slog.Attr{slog.String("request", inv.id), slog.Duration("took", took.Round(time.Microsecond))}
	level := slog.LevelInfo
	if failure != nil {
		attrs = append(attrs, slog.Any("error", failure))
		level = slog.LevelError
	}
	if f.opts.CheckMemory && s != f.alien {
		configured := f.opts.configuredMemory()
		used := s.peakMemory()
		attrs = append(attrs, slog.Int64("memoryMB", used>>20), slog.Int("configuredMB", configured))
		if used > int64(configured)<<20 {
			attrs = append(attrs, slog.Bool("overMemory", true))
			level = max(level, slog.LevelWarn)
		}
	}
	f.opts.Logger.LogAttrs(context.Background(), level, "invocation", attrs...)
}

// peakMemory is the most that the process and what it has started were seen to take, in bytes.
func (s *sandbox) peakMemory() int64 {
	if now := groupMemory(s.pid); now > s.memory.Load() {
		s.memory.Store(now)
	}
	return s.memory.Load()
}

// exitLevel is how loudly the end of a process is told: softly, when it was asked to.
func exitLevel(f *Function, err error) slog.Level {
	select {
	case <-f.closed:
		return slog.LevelDebug
	default:
	}
	if err == nil {
		return slog.LevelInfo
	}
	return slog.LevelWarn
}
