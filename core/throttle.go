package core

import (
	"maps"
	"sync"
	"time"
)

// A ThrottlePolicy says what becomes of a message that is too many.
type ThrottlePolicy int

// The policies, as BlazeDS has them. What is too many to be delivered is always dropped.
const (
	ThrottleError  ThrottlePolicy = iota // the publisher gets the fault Exhausted
	ThrottleIgnore                       // it is dropped without a word
)

// A Throttle bounds how many messages pass in a second. Zero: no bound. As many as pass in a second may come at once, and below
// one a second a single one.
//
// In bounds what callers publish; what the application publishes by itself always passes. It counts in this process: Frequency all that
// is published to the destination, ClientFrequency what one client does or, where somebody has no session, one address.
//
// Out bounds what each subscription gets, by the times at which messages were published: it gets the smaller of both, and of what its
// subscriber has asked for (Subscription.MaxFrequency); the rest is dropped. How much that is by now is stored with how far the
// subscription has come, so a batch that is delivered again is the same one, whatever process does it; for sockets elsewhere each
// process counts what it pushes. A wildcard subscription counts in each shard for itself.
type Throttle struct {
	Frequency       float64 // of the destination
	ClientFrequency float64 // of one client
	Policy          ThrottlePolicy
}

// A pace is how many messages have passed lately: a bucket that each one fills by the time that is one's share, and that runs out as
// time goes by.
type pace struct {
	last   int64 // the newest message's time, in microseconds since 1970
	filled int64 // microseconds, at last
}

// longestInterval is that of the lowest frequency.
const longestInterval = 24 * time.Hour

// pass reports whether a message of that time may pass, and counts it if so. Clocks differ: one that is older than another before it
// counts as being as old; but for one that is so much older that a clock was put back.
func (p *pace) pass(at time.Time, frequency float64) bool {
	if !limits(frequency) {
		return true
	}
	share := min(float64(time.Second)/frequency, float64(longestInterval)) / float64(time.Microsecond)
	room := (max(1, frequency) - 1) * share
	if now := at.UnixMicro(); now > p.last || p.last-now > clockStep.Microseconds() {
		p.filled = max(0, p.filled-max(0, now-p.last))
		p.last = now
	}
	if float64(p.filled) > room {
		return false
	}
	p.filled += int64(share)
	return true
}

// spent reports whether a pace says no more than a new one.
func (p *pace) spent(now time.Time) bool { return now.UnixMicro()-p.last >= p.filled }

// limits reports whether a frequency is a limit. What is no number is none.
func limits(frequency float64) bool { return frequency > 0 }

// outFrequency returns how many messages a second a subscription gets whose subscriber has asked for so many; 0: all.
func (d *Destination) outFrequency(asked float64) (least float64) {
	for _, f := range [...]float64{asked, d.Out.Frequency, d.Out.ClientFrequency} {
		if limits(f) && (least == 0 || f < least) {
			least = f
		}
	}
	return least
}

// throttleIn reports whether a publish is to be dropped; or its fault, in BlazeDS's words.
func (l *destinationLogs) throttleIn(call *Call, publisher *Connection) (dropped bool, err error) {
	in, client := &l.destination.In, throttleClient(call, publisher)
	if client == "" || l.in.pass(l.set.Now(), client, in) {
		return false, nil
	}
	if in.Policy == ThrottleIgnore {
		return true, nil
	}
	return false, Exhausted.Errorf("Message throttled: Too many messages sent to destination '%s' in too small of a time interval.", l.destination.Name)
}

// throttleClient names who publishes; "": the application.
func throttleClient(call *Call, publisher *Connection) string {
	switch {
	case publisher != nil:
		return "client " + publisher.client.handle
	case call == nil:
		return ""
	case call.Client != nil:
		return "client " + call.Client.handle
	}
	return "host " + call.Peer.Network()
}

// A meter counts what passes, all in all and for each of many.
type meter struct {
	mu    sync.Mutex
	all   pace
	by    map[string]pace
	swept time.Time
}

// maxMetered is how many are told apart. Where there are more, some may get or send a little more than they may.
const maxMetered = 10_000

// pass reports whether a message of a client may pass now, and counts it if so.
func (m *meter) pass(now time.Time, client string, t *Throttle) bool {
	if !limits(t.Frequency) && !limits(t.ClientFrequency) {
		return true
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	own := m.by[client]
	if !own.pass(now, t.ClientFrequency) || !m.all.pass(now, t.Frequency) {
		return false
	}
	if limits(t.ClientFrequency) {
		m.put(now, client, own)
	}
	return true
}

// of returns the pace of one.
func (m *meter) of(name string) pace {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.by[name]
}

// keep notes the pace of one.
func (m *meter) keep(now time.Time, name string, p pace) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.put(now, name, p)
}

// put keeps a pace, and forgets those that say nothing any more, or else any, where there are too many. It looks through all of them at
// most once a second.
func (m *meter) put(now time.Time, name string, p pace) {
	if m.by == nil {
		m.by = map[string]pace{}
	}
	if _, known := m.by[name]; !known && len(m.by) >= maxMetered {
		if now.Sub(m.swept) >= time.Second {
			m.swept = now
			maps.DeleteFunc(m.by, func(_ string, p pace) bool { return p.spent(now) })
		}
		for other := range m.by {
			if len(m.by) < maxMetered {
				break
			}
			delete(m.by, other)
		}
	}
	m.by[name] = p
}
