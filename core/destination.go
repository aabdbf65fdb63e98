package core

import (
	"context"
	"fmt"
	"regexp"
	"sync"
	"time"
)

// A Destination is a name that messages are published and subscribed to under, and how they are kept and delivered. It is given to
// ChannelSet.AddDestination and not changed after that. The zero value of each field but Name is good.
type Destination struct {
	Name string // letters, digits, '.', '_', '-', ':' and '/', at most 128

	// Replay lets new subscriptions begin with what is still alive, as AmFast does; without it with what is published after them, as
	// in BlazeDS.
	Replay bool

	// TTL is how long messages live that do not say so themselves, and MaxTTL the longest that they can ask for. Defaults: the set's
	// Timeout, and 24 hours.
	TTL, MaxTTL time.Duration

	// AtMostOnce lets a poll move the cursor as it delivers, as BlazeDS and AmFast do: what is lost on the way is lost. Default: at
	// least once.
	AtMostOnce bool

	// NoSubtopics refuses subtopics. Separator stands between their tokens; default ".".
	NoSubtopics bool
	Separator   string

	// Shards is how many logs the messages are spread over by their subtopics: 1 unless there are more than about 100 publishes a
	// second; at most 1,024. docs/delivery.md says what a change does.
	Shards int

	// MaxMessage is how many bytes a message may have as it is stored. Default 350,000, which is also the most where the
	// Store is no Sizer.
	MaxMessage int

	// Publish and Subscribe say who may.
	Publish, Subscribe Access

	// In bounds what is published, Out what is delivered.
	In, Out Throttle

	limitsTTL bool // TTL was given
}

// LimitsTTL reports whether TTL was given, and is no default: a protocol that tells how long a message lives then says so of one whose
// publisher has not.
func (d *Destination) LimitsTTL() bool { return d.limitsTTL }

// An Access says who may publish or subscribe. The zero value is anyone.
type Access struct {
	Secure bool     // only who has logged in
	Roles  []string // only who has one of these; implies Secure
	// Check has the last word: its error, a Fault, goes to the caller. It must not keep the call. A message that is published to several
	// subtopics needs its leave for each.
	Check func(ctx context.Context, call *Call, t Topic) error
	// Wildcards says that Check knows what a wildcard in a subscription's topic reaches. Where there is a Check that does not, who
	// subscribes to one is Denied: it would get what Check refuses by name.
	Wildcards bool
}

// allow is the fault for a caller who may not. What the application itself does, without a call, is allowed.
func (a *Access) allow(ctx context.Context, call *Call, t Topic) error {
	if call == nil {
		return nil
	}
	if err := access(a.Secure || len(a.Roles) > 0, a.Roles, call.Principal()); err != nil {
		return err
	}
	switch {
	case a.Check == nil:
		return nil
	case isWildcard(t.Subtopic) && !a.Wildcards:
		return Denied.Errorf("The subtopic, '%s', has a wildcard, which may not be subscribed to here.", t.Subtopic)
	}
	return a.Check(ctx, call, t)
}

const maxShards = 1024

// entryRest is how much less of an item's body a message may take: the rest is for its envelope.
const entryRest = 30_000

// maxEntry returns how many bytes of messages the store keeps in an item.
func maxEntry(store Store) int {
	if sizer, ok := store.(Sizer); ok {
		return sizer.MaxBody() - entryRest
	}
	return MaxBody - entryRest
}

var destinationPattern = regexp.MustCompile(`^[A-Za-z0-9._:/-]{1,128}$`)

func (s *ChannelSet) withDefaults(d *Destination) *Destination {
	c, o := *d, &s.opts
	if !destinationPattern.MatchString(c.Name) {
		panic(fmt.Sprintf("core: destination %q", c.Name))
	}
	if c.Shards < 0 || c.Shards > maxShards || c.MaxMessage < 0 || c.MaxMessage > s.maxEntry || c.TTL < 0 || c.MaxTTL < 0 {
		panic(fmt.Sprintf("core: destination %q has a setting out of its range", c.Name))
	}
	c.limitsTTL = c.TTL > 0
	setDefault(&c.TTL, o.Timeout)
	setDefault(&c.MaxTTL, max(c.TTL, 24*time.Hour))
	setDefault(&c.Separator, defaultSeparator)
	setDefault(&c.Shards, 1)
	setDefault(&c.MaxMessage, min(s.maxEntry, MaxBody-entryRest))
	return &c
}

// ttl returns how long a message lives that asks for a time; 0: it does not say.
func (d *Destination) ttl(asked time.Duration) time.Duration {
	if asked <= 0 {
		return d.TTL
	}
	return min(asked, d.MaxTTL)
}

// A destinationList is those of a set. They may be added while it runs.
type destinationList struct {
	mu     sync.RWMutex
	byName map[string]*destinationLogs
}

// AddDestination adds a destination, also while the set runs. It panics where the name is taken or a setting makes no sense: mistakes
// of set-up.
func (s *ChannelSet) AddDestination(d *Destination) *ChannelSet {
	c := s.withDefaults(d)
	s.destinations.mu.Lock()
	defer s.destinations.mu.Unlock()
	if s.destinations.byName[c.Name] != nil {
		panic(fmt.Sprintf("core: destination %q is added twice", c.Name))
	}
	s.destinations.byName[c.Name] = newDestinationLogs(s, c)
	return s
}

// Destination returns the settings of a destination, defaults filled in, or nil. They must not be changed.
func (s *ChannelSet) Destination(name string) *Destination {
	if logs := s.logsOf(name); logs != nil {
		return logs.destination
	}
	return nil
}

// Destinations returns all destinations, sorted by name.
func (s *ChannelSet) Destinations() []*Destination {
	s.destinations.mu.RLock()
	defer s.destinations.mu.RUnlock()
	list := make([]*Destination, 0, len(s.destinations.byName))
	for _, name := range sortedKeys(s.destinations.byName) {
		list = append(list, s.destinations.byName[name].destination)
	}
	return list
}

func (s *ChannelSet) logsOf(name string) *destinationLogs {
	s.destinations.mu.RLock()
	defer s.destinations.mu.RUnlock()
	return s.destinations.byName[name]
}

// mustLogsOf is logsOf with a fault, in BlazeDS's words, where there is no such destination.
func (s *ChannelSet) mustLogsOf(name string) (*destinationLogs, error) {
	if logs := s.logsOf(name); logs != nil {
		return logs, nil
	}
	return nil, NotFound.Errorf("The supplied destination id is not registered with any service.").WithCause(ErrNoService)
}
