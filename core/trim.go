package core

import (
	"context"
	"errors"
	"time"
)

// A Trimmer's logs are trimmed from the front by the sweep, and never the last entry: so the tail is always there. What may be asked
// for by a publisher that tries again stays as long as that may.
//
// A process that believes that the log ends at an entry puts its own behind that, which must not be trimmed yet. So it believes that for
// trimTrust, and nothing is trimmed before trimAge, which is longer by a put under way and the differences of clocks.
const (
	trimTrust   = time.Minute
	trimAge     = 2 * time.Minute
	trimOnceAge = onceFor + trimAge
)

// trim trims the logs of all destinations.
func (s *ChannelSet) trim(ctx context.Context) error {
	if s.trimmer == nil {
		return nil
	}
	var errs []error
	for _, d := range s.Destinations() {
		logs := s.logsOf(d.Name)
		meta, err := logs.load(ctx)
		if err != nil {
			return err
		}
		for _, shard := range logs.shardsOf(&meta, wildcard) {
			errs = append(errs, logs.log(shard).trim(ctx))
		}
	}
	return errors.Join(errs...)
}

// trim removes what is dead at the front of the log.
func (l *log) trim(ctx context.Context) error {
	below, now := uint64(0), l.set.Now()
	for after := uint64(0); ; {
		entries, err := l.readStored(ctx, after)
		if err != nil {
			return err
		}
		for _, e := range entries {
			below = e.number // never the last
			if !e.trimmable(now) {
				return l.trimBelow(ctx, below)
			}
			after = e.number
		}
		if len(entries) == 0 {
			return l.trimBelow(ctx, below)
		}
	}
}

func (l *log) trimBelow(ctx context.Context, below uint64) error {
	if below <= 1 {
		return nil
	}
	return storeError("trim log", l.set.trimmer.Trim(ctx, l.partition, sortOf(below)))
}

// trimmable reports whether an entry is no use any more.
func (e *entry) trimmable(now time.Time) bool {
	age := trimAge
	for _, m := range e.messages {
		if m.once {
			age = trimOnceAge
		}
	}
	return e.dead(now.Add(-trimAge)) && now.Sub(e.appended) > age
}
