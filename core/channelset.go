package core

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"regexp"
	"sync"
	"time"

	"github.com/patchbay-go/patchbay/core/value"
)

// A ChannelSet is the portable heart: it knows the channels, runs calls, and keeps clients and connections. It is set up by one
// goroutine (New, Map) and then used by any number. It holds nothing that another process would miss, and starts goroutines only while
// somebody waits for messages: one for each log that they wait for.
type ChannelSet struct {
	services *ServiceMapper
	store    Store
	channels map[string]*Channel
	opts     Options
	handler  Handler // the interceptors of the set, and dispatch behind them
	ids      *idMaker
	logins   *loginThrottle

	// What the store can do beyond its six verbs; nil where it cannot.
	tailer  Tailer
	waiter  Waiter
	trimmer Trimmer
	noter   Noter

	maxEntry int // bytes of messages in one item

	destinations destinationList
	selectors    selectorCache
	waiting      *waiting
	drain        sync.Once
	drained      chan struct{} // closed: nobody waits any longer
	deafen       func()        // ends the Bus's notices
}

var realmPattern = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

// NewChannelSet returns a set that calls services and keeps its state in store. It panics where one is nil or the realm's name
// is not allowed: mistakes of set-up.
func NewChannelSet(services *ServiceMapper, store Store, opts *Options) *ChannelSet {
	o := opts.withDefaults()
	if services == nil || store == nil {
		panic("core: a ChannelSet needs services and a store")
	}
	if !realmPattern.MatchString(o.Realm) {
		panic(fmt.Sprintf("core: realm %q", o.Realm))
	}
	for _, f := range o.Bridges {
		if err := f.check(); err != nil {
			panic(fmt.Sprintf("core: bridge %q: %v", f.Name, err))
		}
	}
	s := &ChannelSet{services: services, channels: map[string]*Channel{}, opts: o}
	s.store = &observedStore{Store: store, observer: o.Observer}
	s.tailer, s.waiter, s.trimmer = abilities(store, o.Observer)
	s.noter, _ = store.(Noter)
	s.maxEntry = maxEntry(store)
	s.destinations.byName = map[string]*destinationLogs{}
	s.waiting = newWaiting(o.Limits.WaitingPolls)
	s.drained = make(chan struct{})
	if o.Bus != nil {
		s.deafen = o.Bus.Subscribe(s.hear)
	}
	if o.Gateway != nil {
		s.opts.Pusher = &gatewayPusher{set: s, gateway: o.Gateway}
	}
	s.ids = newIDMaker(s)
	s.logins = newLoginThrottle(o.Limits.WrongLogins, o.Limits.WrongLoginEntries)
	s.handler = chain(o.Interceptors, s.dispatch)
	return s
}

// Map adds a channel. It panics where it has no name or endpoint, or the name is taken: mistakes of set-up.
func (s *ChannelSet) Map(c *Channel) *ChannelSet {
	if c.Name == "" || c.Endpoint == nil {
		panic(fmt.Sprintf("core: channel %q has no name or no endpoint", c.Name))
	}
	if s.channels[c.Name] != nil {
		panic(fmt.Sprintf("core: channel %q is mapped twice", c.Name))
	}
	s.channels[c.Name] = c
	return s
}

// Channel returns the channel with that name, or nil.
func (s *ChannelSet) Channel(name string) *Channel { return s.channels[name] }

// Channels returns all channels, sorted by name.
func (s *ChannelSet) Channels() []*Channel {
	list := make([]*Channel, 0, len(s.channels))
	for _, name := range sortedKeys(s.channels) {
		list = append(list, s.channels[name])
	}
	return list
}

// Services returns what the set calls.
func (s *ChannelSet) Services() *ServiceMapper { return s.services }

// Registry returns the application's classes.
func (s *ChannelSet) Registry() *value.Registry { return s.opts.Registry }

// Limits returns the limits, defaults filled in.
func (s *ChannelSet) Limits() Limits { return s.opts.Limits }

// MaxUnit returns how many bytes a unit on that channel may have.
func (s *ChannelSet) MaxUnit(c *Channel) int {
	if c.MaxUnit > 0 {
		return c.MaxUnit
	}
	return s.opts.Limits.Unit
}

// Logger returns where endpoints log to.
func (s *ChannelSet) Logger() *slog.Logger { return s.opts.Logger }

// Now returns the time by the set's clock.
func (s *ChannelSet) Now() time.Time { return s.opts.Now() }

// SessionID returns the id in the sender's session cookie, not checked, or "".
func (s *ChannelSet) SessionID(p *Peer) string { return p.Cookie(s.opts.Cookie) }

// SessionCookie returns the cookie that tells a browser the id of its session. It ends with the browser; the session ends by its own timeout.
func (s *ChannelSet) SessionCookie(id string, p *Peer) *http.Cookie {
	secure := s.opts.SecureCookie || p.TLS != nil
	return &http.Cookie{ //nolint:gosec // G124: over plain HTTP a Secure cookie would never come back
		Name: s.opts.Cookie, Value: id, Path: "/", HttpOnly: true, Secure: secure, SameSite: http.SameSiteLaxMode,
	}
}

// Serve lets the endpoint of a channel serve one unit. The error is for the transport: see Endpoint.
func (s *ChannelSet) Serve(ctx context.Context, channel string, in *Inbound) error {
	c := s.channels[channel]
	if c == nil {
		return in.Reply.Refuse(ctx, NotFound.Errorf("There is no channel %q.", channel))
	}
	if len(in.Unit) > s.MaxUnit(c) {
		return in.Reply.Refuse(ctx, TooLarge.Errorf("The message has more than %d bytes.", s.MaxUnit(c)))
	}
	in.Channel = c
	if err := c.Endpoint.Serve(ctx, s, in); err != nil {
		return fmt.Errorf("serve on channel %q: %w", channel, err)
	}
	return nil
}

// Ready reports whether the store answers.
func (s *ChannelSet) Ready(ctx context.Context) error {
	_, err := s.store.Get(ctx, s.key("meta", "secret"))
	return err
}

// StoreNote returns what the store says to those who operate it: see Noter. It is empty where the store has nothing to say.
func (s *ChannelSet) StoreNote(ctx context.Context) (string, error) {
	if s.noter == nil {
		return "", nil
	}
	return s.noter.Note(ctx)
}

// Drain ends all waiting, for a server that is about to end: waiting polls answer what they have, feeds end with ErrDraining, and from
// now on no poll waits.
func (s *ChannelSet) Drain() { s.drain.Do(func() { close(s.drained) }) }

func (s *ChannelSet) draining() bool { return isClosed(s.drained) }

// Close drains, and closes the store.
func (s *ChannelSet) Close() error {
	s.Drain()
	if s.deafen != nil {
		s.deafen()
	}
	return s.store.Close()
}

// unavailable is the fault for a store that does not answer.
func unavailable(doing string, err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return Unavailable.Errorf("Sessions cannot be kept at the moment.").WithCause(fmt.Errorf("%s: %w", doing, err))
}
