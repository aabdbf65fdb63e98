package delivery

import (
	"sync/atomic"
	"time"
)

// A clock is the right time in a run. The run sets it, and its store and its processes read it, also from outside of its bubble.
type clock struct{ nanos atomic.Int64 }

func (c *clock) set(t time.Time) { c.nanos.Store(t.UnixNano()) }

func (c *clock) now() time.Time { return time.Unix(0, c.nanos.Load()) }
