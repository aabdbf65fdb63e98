package core

import (
	"context"
	"crypto/rand"
	"io"
	"log/slog"
	"time"

	"github.com/patchbay-go/patchbay/core/value"
)

// Options are what a ChannelSet can be told. The zero value is good.
type Options struct {
	Registry     *value.Registry // the application's classes. Default: none
	Authenticate Authenticator   // default: nobody can log in
	Claims       ClaimsMapper    // who calls, by what a platform's authorizer has found out: see Claimed. Default: nobody reads it
	Interceptors []Interceptor   // before every call, the first outermost
	OnConnect    []ConnectHook
	OnDisconnect []DisconnectHook
	// OnSubscribe is asked before a subscription is kept, OnUnsubscribe told after it has ended. A subscription's topic may have
	// wildcards in it.
	OnSubscribe   []SubscribeHook
	OnUnsubscribe []UnsubscribeHook
	Observer      Observer     // default: none
	Logger        *slog.Logger // default: what is logged is dropped

	// Realm is the realm of everything that names none: letters, digits, '.', '_' and '-'. Default "realm1".
	Realm string

	// Secret authenticates the ids that we mint; all processes that share a store need the same. Default: one that is made once
	// and kept in the store.
	Secret []byte

	// Timeout is how long a Client and a Connection live without a request. Default 30 minutes.
	Timeout time.Duration

	// Cookie is the name of the session cookie. Default "patchbay_session". It is marked Secure where the peer came by TLS; with
	// SecureCookie always, for servers behind something that ends TLS.
	Cookie       string
	SecureCookie bool

	// Bus wakes who waits in other instances. Default: none; then Reread does it.
	Bus Bus

	// Pusher sends to sockets that live outside this process: see SubscribePush. Default: there are none.
	Pusher Pusher

	// Gateway holds sockets for functions, whose channels' endpoints are EventWriters: see OutsideSocket. It takes the place of a Pusher.
	Gateway Gateway

	// Bridges are followers that each publish, and the sweep, bring on: for functions. A process that lives long rather calls
	// RunFollower and answers its publishers at once. Default: none.
	Bridges []*Follower

	// Reread is how often who waits looks for what another instance has published or changed, where neither Bus nor store tells;
	// fifteen times that where they do. Default 1 second.
	Reread time.Duration

	Limits Limits
	Now    func() time.Time // default time.Now
	Random io.Reader        // where ids come from. Default crypto/rand
}

// A ConnectHook runs once when a Connection has been made and saved. An error undoes the connect and goes to the caller.
type ConnectHook func(ctx context.Context, conn *Connection) error

// A DisconnectHook runs once when a Connection has ended and is no longer in the store, in whatever process removed it.
type DisconnectHook func(ctx context.Context, conn *Connection, why EndReason)

// An EndReason says why a Connection ended.
type EndReason string

// The reasons.
const (
	Closed  EndReason = "closed"  // somebody said so: the peer, its socket, or the server
	Expired EndReason = "expired" // nothing was heard of it for Options.Timeout
)

// Limits bound what peers may cost. A zero field means its default.
type Limits struct {
	Unit              int          // bytes of an inbound unit, unpacked. Default 4 MiB
	Value             value.Limits // of the values in a unit, and of answers
	Attributes        int          // per Client. Default 64
	AttributeName     int          // bytes of an attribute's name. Default 128
	AttributeSize     int          // bytes of an attribute as it is stored. Default 64 KiB
	SessionSize       int          // bytes of an endpoint's own state in a Connection. Default 64 KiB
	Subscriptions     int          // per Connection or socket. Default 64
	SubscriptionSize  int          // bytes of the ids, topics and selectors of these, all in all. Default 64 KiB
	MessageHeaders    int          // bytes of a message's headers as they are stored. Default 16 KiB
	BatchMessages     int          // that one poll delivers. Default 500
	BatchBytes        int          // of messages, as they are stored, that one poll delivers, and what the last one has beyond. Default 1 MiB
	WaitingPolls      int          // that may wait in this process; more are answered at once. Default 20,000; negative: none may
	WrongLogins       int          // per minute for one user name, and for one address. Default 10; negative: no limit
	WrongLoginEntries int          // user names and addresses that are remembered. Default 10,000
}

// withDefaults returns o, or the zero Options for nil, with its zero fields filled.
func (o *Options) withDefaults() Options {
	var c Options
	if o != nil {
		c = *o
	}
	if c.Registry == nil {
		c.Registry = value.NewRegistry()
	}
	if c.Observer == nil {
		c.Observer = noObserver{}
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Random == nil {
		c.Random = rand.Reader
	}
	setDefault(&c.Realm, "realm1")
	setDefault(&c.Timeout, 30*time.Minute)
	setDefault(&c.Reread, time.Second)
	setDefault(&c.Cookie, "patchbay_session")
	c.Limits = c.Limits.withDefaults()
	return c
}

func (l Limits) withDefaults() Limits {
	l.Value = l.Value.WithDefaults()
	setDefault(&l.Unit, 4<<20)
	setDefault(&l.Attributes, 64)
	setDefault(&l.AttributeName, 128)
	setDefault(&l.AttributeSize, 64<<10)
	setDefault(&l.SessionSize, 64<<10)
	setDefault(&l.Subscriptions, 64)
	setDefault(&l.SubscriptionSize, 64<<10)
	setDefault(&l.MessageHeaders, 16<<10)
	setDefault(&l.BatchMessages, 500)
	setDefault(&l.BatchBytes, 1<<20)
	setDefault(&l.WaitingPolls, 20_000)
	setDefault(&l.WrongLogins, 10)
	setDefault(&l.WrongLoginEntries, 10_000)
	return l
}

func setDefault[T comparable](v *T, def T) {
	var zero T
	if *v == zero {
		*v = def
	}
}
