package core

import (
	"sync"
	"time"
)

// A loginThrottle counts wrong logins by user name and by address, minute by minute, in this process: a store that counted them would
// let whoever guesses passwords spend writes. It is asked before credentials are checked and again after, so that many guesses at
// once gain nothing, while any number of right ones may be under way.
type loginThrottle struct {
	perMinute int // negative: no limit
	entries   int // how many counts there may be

	mu     sync.Mutex
	minute int64
	counts map[string]int // of this minute
}

func newLoginThrottle(perMinute, entries int) *loginThrottle {
	return &loginThrottle{perMinute: perMinute, entries: entries, counts: map[string]int{}}
}

// allows reports whether none of the keys has had its wrong logins for this minute.
func (t *loginThrottle) allows(now time.Time, keys []string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.turn(now)
	return t.allowsNow(keys)
}

func (t *loginThrottle) allowsNow(keys []string) bool {
	for _, key := range keys {
		if t.perMinute >= 0 && t.counts[key] >= t.perMinute {
			return false
		}
	}
	return true
}

// wrong counts a wrong login, and reports what allows would have reported before it.
func (t *loginThrottle) wrong(now time.Time, keys []string) (inTime bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.turn(now)
	inTime = t.allowsNow(keys)
	for _, key := range keys {
		t.makeRoom(key)
		t.counts[key]++
	}
	return inTime
}

// turn forgets the counts of the minute before.
func (t *loginThrottle) turn(now time.Time) {
	if minute := now.Unix() / 60; minute != t.minute {
		t.minute = minute
		clear(t.counts)
	}
}

// makeRoom drops any count where there are too many to add one for key. Whoever makes so many has that many addresses.
func (t *loginThrottle) makeRoom(key string) {
	if _, known := t.counts[key]; known || len(t.counts) < t.entries {
		return
	}
	for other := range t.counts {
		delete(t.counts, other)
		return
	}
}

// maxThrottledName is how much of a user name is told apart from others.
const maxThrottledName = 128

func throttleKeys(user string, peer *Peer) []string {
	keys := []string{"user " + user[:min(len(user), maxThrottledName)]}
	if network := peer.Network(); network != "" {
		keys = append(keys, "network "+network)
	}
	return keys
}
