package services

import (
	"log/slog"
	"time"

	"github.com/patchbay-go/patchbay/adapters/server"
	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/protocols/amf"
	"github.com/patchbay-go/patchbay/protocols/jsonrpc"
	"github.com/patchbay-go/patchbay/protocols/sse"
)

// Options are where the set logs to and how it hears of other instances on the same store. Without a Bus it reads again from time to time.
type Options struct {
	Logger *slog.Logger
	Bus    core.Bus
	Secret []byte // see core.Options

	// Function is for a function, whose answers are whole: no poll on /longPoll waits, since a function is paid for as long as it waits, and
	// a batch is so small that it fits into an answer, however its messages look as JSON in JSON.
	Function bool
	// Gateway holds sockets where requests are functions. Nil: there are none.
	Gateway core.Gateway
}

// ChannelSet returns a set that offers the services and topics on every protocol and keeps sessions and messages in store. The address
// book may be nil: then there is none. The topic "clock" goes while Serve serves the set.
func ChannelSet(store core.Store, contacts Contacts, opts *Options) *core.ChannelSet {
	set := core.NewChannelSet(New(contacts), store, &core.Options{
		Registry:     Registry(contacts),
		Authenticate: Authenticate,
		Observer:     server.Observer(nil),
		Logger:       opts.Logger,
		Bus:          opts.Bus,
		Gateway:      opts.Gateway,
		Secret:       opts.Secret,
		Limits:       opts.limits(),
	})
	for _, topic := range Topics() {
		set.AddDestination(topic)
	}
	set.Map(&core.Channel{Name: "amf", Endpoint: amf.New(nil)})
	set.Map(&core.Channel{Name: "longPoll", Endpoint: amf.New(&amf.Options{WaitInterval: opts.waitInterval()})})
	set.Map(&core.Channel{Name: "rpc", Endpoint: jsonrpc.New(&jsonrpc.Options{Title: "Patchbay's examples"})})
	set.Map(&core.Channel{Name: "events", Endpoint: sse.New(nil)})
	return set
}

// waitInterval is how long a poll waits on the channel for that: less than proxies and players wait for an answer.
const waitInterval = 20 * time.Second

// functionBatch is how many bytes of messages a batch has for a function, without its last one. With that, of at most what an item of DynamoDB holds, it
// is below 6 MiB even where each byte is a control character, which takes seven as JSON in the JSON of the answer.
const functionBatch = 400_000

func (o *Options) limits() core.Limits {
	limits := Limits()
	if o.Function {
		limits.BatchBytes = functionBatch
	}
	return limits
}

func (o *Options) waitInterval() time.Duration {
	if o.Function {
		return 0
	}
	return waitInterval
}

// A Place is a path and the channel that answers there.
type Place struct{ Path, Channel, Doc string }

// Places returns where the channels are served.
func Places() []Place {
	return []Place{
		{"/amf", "amf", "AMF0 and AMF3: NetConnection, RemoteObject, Producer, Consumer that polls or streams"},
		{"/longPoll", "longPoll", "the same, where a poll waits for a message"},
		{"/rpc", "rpc", "JSON-RPC 2.0 by POST, and over a WebSocket with messages as they come"},
		{"/events", "events", "messages as server-sent events: ?topic=clock"},
	}
}

// Paths returns the same as server.Options has it.
func Paths() map[string]string {
	paths := map[string]string{}
	for _, p := range Places() {
		paths[p.Path] = p.Channel
	}
	return paths
}
