package jsonrpc

import (
	"context"
	"crypto/rand"
	"math"
	"strings"
	"time"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/core/value"
)

// The methods of messaging. They are the endpoint's own, as rpc.discover is, and stand in its document.
const (
	messagingPrefix = "patchbay."

	publishMethod     = messagingPrefix + "publish"
	connectMethod     = messagingPrefix + "connect"
	disconnectMethod  = messagingPrefix + "disconnect"
	subscribeMethod   = messagingPrefix + "subscribe"
	unsubscribeMethod = messagingPrefix + "unsubscribe"
	pollMethod        = messagingPrefix + "poll"
)

// messaging returns the targets of the methods.
func (e *Endpoint) messaging() map[string]*core.Target {
	return map[string]*core.Target{
		publishMethod: own(publish).Describe("Publishes a message. With an id it may be tried again within ten minutes and is one message."),
		connectMethod: own(connect).Describe("Gives a connection to subscribe with and to poll; over a WebSocket the socket's own."),
		disconnectMethod: own(disconnect).Describe(
			"Ends a connection and its subscriptions; over a WebSocket, with none named, the subscriptions of the socket."),
		subscribeMethod: own(subscribe).Describe(
			"Subscribes a connection, from now on or behind a cursor; over a WebSocket, with no connection named, the socket."),
		unsubscribeMethod: own(unsubscribe).Describe("Ends a subscription."),
		pollMethod: own(e.poll).Describe(
			"Gives what a connection has not got yet and waits up to so many milliseconds for it; ack confirms the batch before."),
	}
}

// An origin is what a messaging method has to know beyond its Call: where the unit came from.
type origin struct {
	set      *core.ChannelSet
	channel  string
	received time.Time
	own      ownSocket // what it came over; nil for a plain request
}

// An ownSocket is the socket that a unit came over, with the subscriptions that end with it.
type ownSocket interface {
	id() string
	// sessionID returns the id of the caller's session, "" where it has none.
	sessionID() string
	// remember keeps the session that a call has got in place of the one that it came with: no cookie can be set over a socket. Of two
	// calls that get one at once, the first one's is kept.
	remember(ctx context.Context, old, id string)

	subscribe(ctx context.Context, call *core.Call, r *core.SubscribeRequest) error
	unsubscribe(ctx context.Context, id string) error
	// unsubscribeAll ends all subscriptions of the socket's own; new ones may be made after it.
	unsubscribeAll(ctx context.Context) error
}

// own makes a Target of a method of messaging.
func own[A, R any](method func(context.Context, *core.Call, *origin, A) (R, error)) *core.Target {
	return core.FuncArgs(func(ctx context.Context, args A) (r R, err error) {
		call := core.CallFrom(ctx)
		from, ok := call.Attachment.(*origin)
		if !ok {
			return r, core.Internal.Errorf("a method of messaging was called by another way")
		}
		return method(ctx, call, from, args)
	})
}

type publishParams struct {
	Destination string         `patchbay:"destination"`
	Subtopic    string         `patchbay:"subtopic,omitempty"`
	Body        value.Packed   `patchbay:"body"`
	Headers     map[string]any `patchbay:"headers,omitempty"`
	TTL         float64        `patchbay:"ttl,omitempty"` // milliseconds
	ID          string         `patchbay:"id,omitempty"`
}

type publishResult struct {
	ID string `patchbay:"id"`
}

func publish(ctx context.Context, call *core.Call, o *origin, p publishParams) (publishResult, error) {
	if err := o.knows(p.Destination); err != nil {
		return publishResult{}, err
	}
	ttl, err := milliseconds("ttl", p.TTL)
	if err != nil {
		return publishResult{}, err
	}
	m, err := o.set.Publish(ctx, call, &core.Publication{
		Topic: core.Topic{Destination: p.Destination, Subtopic: p.Subtopic}, Body: p.Body, Headers: p.Headers, TTL: ttl, ID: p.ID,
	})
	if err != nil {
		return publishResult{}, err
	}
	return publishResult{m.ID}, nil
}

// knows is the fault for a destination that there is not: core's is in the words of another protocol.
func (o *origin) knows(destination string) error {
	if o.set.Destination(destination) == nil {
		return core.NotFound.Errorf("There is no destination %q.", destination)
	}
	return nil
}

// milliseconds returns the time that a parameter gives. One that is longer than any is the longest.
func milliseconds(name string, ms float64) (time.Duration, error) {
	if ms < 0 || math.IsNaN(ms) {
		return 0, core.Invalid.Errorf("%q is a time in milliseconds and cannot be negative.", name)
	}
	return time.Duration(min(ms, float64(math.MaxInt64/time.Millisecond/2)) * float64(time.Millisecond)), nil
}

type nothing = struct{}

type connectionName struct {
	Connection string `patchbay:"connection"`
}

// connect makes a client of its own for each connection: who has its id can poll, and no more than that. The session of the caller's
// cookie is not told to scripts by it.
func connect(ctx context.Context, _ *core.Call, o *origin, _ nothing) (connectionName, error) {
	if o.own != nil {
		return connectionName{o.own.id()}, nil
	}
	client, err := o.set.NewClient(ctx)
	if err != nil {
		return connectionName{}, err
	}
	if _, err := o.set.Connect(ctx, o.channel, client); err != nil {
		return connectionName{}, err
	}
	return connectionName{client.ID()}, nil
}

// connection returns the connection with that id. It costs one read.
func (o *origin) connection(ctx context.Context, id string) (*core.Connection, error) {
	if id == "" {
		return nil, core.Invalid.Errorf("%q is missing: %s gives one.", "connection", connectMethod)
	}
	_, conn, err := o.set.LoadConnection(ctx, o.channel, id)
	if err == nil && conn == nil {
		err = core.NotFound.Errorf("There is no such connection.").WithCause(core.ErrNoConnection)
	}
	return conn, err
}

// isOwn reports whether a method is about the subscriptions of the socket that it came over.
func (o *origin) isOwn(connection string) bool {
	return o.own != nil && (connection == "" || connection == o.own.id())
}

type disconnectParams struct {
	Connection string `patchbay:"connection,omitempty"`
}

func disconnect(ctx context.Context, _ *core.Call, o *origin, p disconnectParams) (nothing, error) {
	if o.isOwn(p.Connection) {
		return nothing{}, o.own.unsubscribeAll(ctx)
	}
	conn, err := o.connection(ctx, p.Connection)
	if err != nil {
		return nothing{}, err
	}
	return nothing{}, o.set.Disconnect(ctx, conn)
}

type subscribeParams struct {
	Connection  string `patchbay:"connection,omitempty"`
	Destination string `patchbay:"destination"`
	Subtopic    string `patchbay:"subtopic,omitempty"`
	Selector    string `patchbay:"selector,omitempty"`
	After       string `patchbay:"after,omitempty"`
}

type subscriptionName struct {
	Subscription string `patchbay:"subscription"`
}

// subscribe makes a new subscription each time, as its caller may have several of one topic, each to be ended by itself.
func subscribe(ctx context.Context, call *core.Call, o *origin, p subscribeParams) (subscriptionName, error) {
	if err := o.knows(p.Destination); err != nil {
		return subscriptionName{}, err
	}
	r := &core.SubscribeRequest{After: p.After, Replay: core.ReplayNone, Received: o.received}
	r.Subscription = core.Subscription{Topic: core.Topic{Destination: p.Destination, Subtopic: p.Subtopic}, Selector: p.Selector}
	if err := o.name(ctx, r); err != nil {
		return subscriptionName{}, err
	}
	if o.isOwn(p.Connection) {
		return subscriptionName{r.ID}, o.own.subscribe(ctx, call, r)
	}
	conn, err := o.connection(ctx, p.Connection)
	if err != nil {
		return subscriptionName{}, err
	}
	return subscriptionName{r.ID}, o.set.Subscribe(ctx, call, conn, r)
}

// between stands between the random part of a subscription's id and the cursor where it began.
const (
	between = "~"
	maxName = 200 // bytes: a cursor of many shards is left out
)

// name gives a subscription an id that says where it begins. A client that has lost it before an event brought a cursor brings the id back,
// as "after", and misses nothing either.
func (o *origin) name(ctx context.Context, r *core.SubscribeRequest) (err error) {
	if _, cursor, ok := strings.Cut(r.After, between); ok {
		r.After = cursor
	}
	if r.After == "" {
		if r.After, err = o.set.EndCursor(ctx, r.Topic); err != nil {
			return err
		}
	}
	r.ID = rand.Text()
	if id := r.ID + between + r.After; len(id) <= maxName {
		r.ID = id
	}
	return nil
}

type unsubscribeParams struct {
	Connection   string `patchbay:"connection,omitempty"`
	Subscription string `patchbay:"subscription"`
}

// unsubscribe may be repeated: it is no fault that there is no such subscription any more.
func unsubscribe(ctx context.Context, _ *core.Call, o *origin, p unsubscribeParams) (nothing, error) {
	if o.isOwn(p.Connection) {
		return nothing{}, o.own.unsubscribe(ctx, p.Subscription)
	}
	conn, err := o.connection(ctx, p.Connection)
	if err != nil {
		return nothing{}, err
	}
	_, err = o.set.Unsubscribe(ctx, conn, &core.Subscription{ID: p.Subscription})
	return nothing{}, err
}
