package amf

import (
	"crypto/rand"
	"io"
	"time"

	wire "github.com/patchbay-go/patchbay/wire/amf"
)

// Options say how an Endpoint behaves. Nil is fine, and so is every zero field.
type Options struct {
	// Strict refuses what is let pass otherwise: packets with a header that must be understood and is not, and text that is not UTF-8.
	Strict bool

	// NoSmallMessages switches the short forms of messages off, which are otherwise sent to clients that say they know them. They
	// are understood in any case.
	NoSmallMessages bool

	// Describe answers calls in a packet with the header DescribeService, as Flash's old debugger sends it, with what the service
	// offers. It tells strangers the names of all targets.
	Describe bool

	// URL is this endpoint's address in the configuration that Flex clients ask for. It may begin with "/" and may hold Flex's
	// own {server.name} and {server.port}. Default: the path that the client has used.
	URL string

	// MaxHeaders and MaxBodies bound a packet. Defaults 64 and 128.
	MaxHeaders, MaxBodies int

	// UseCollections sends lists as ArrayCollection and UseProxies maps as ObjectProxy, to clients that take AMF3; wire/amf's
	// AsNoProxy makes an exception. UseLegacyXML sends XML as XMLDocument. NoReferences repeats shared values, which then must not
	// contain themselves.
	UseCollections, UseProxies, UseLegacyXML, NoReferences bool

	// WaitInterval makes polls wait: one for which there is nothing is answered with the first message, or empty after that time. It
	// has to be shorter than what stands between client and server allows a request. Zero: no poll waits.
	WaitInterval time.Duration

	// PollingInterval is how long a client is told to wait between two polls, in the configuration that it may ask for. Default 3
	// seconds, which is Flex's own; nothing where polls wait here. Negative: nothing.
	PollingInterval time.Duration

	// PollWait is how long a client is told to wait before its next poll, with each answer to one that was allowed to wait (BlazeDS
	// calls it client-wait-interval-millis). Zero: as the client will.
	PollWait time.Duration

	// Heartbeat is how often a stream sends a byte by which both sides notice that their connection is broken. Default 5 seconds. What
	// a stream has carried is taken as delivered two heartbeats later.
	Heartbeat time.Duration

	// MaxStreams bounds the streams of this endpoint in this process, MaxClientStreams those of one client over all its AMF channels; it
	// has one on each at most. Defaults 10,000 and 5. Negative: there are none.
	MaxStreams, MaxClientStreams int

	// StreamIdle ends a stream that carries no message for so long, and tells its client not to connect anew by itself. Default: never.
	StreamIdle time.Duration

	// Browsers says what streams need in which browser. Nil: DefaultBrowsers. An empty list treats all alike.
	Browsers []Browser

	// NoFrameEnd leaves out the line end behind each frame of a stream, as AmFast does. Flex takes both.
	NoFrameEnd bool

	// Random is where the ids of messages and streams come from; they are no secrets. Default crypto/rand. It is read by many
	// goroutines at once.
	Random io.Reader
}

// The defaults of Options.
const (
	DefaultMaxHeaders = 64
	DefaultMaxBodies  = 128

	DefaultPollingInterval  = 3 * time.Second
	DefaultHeartbeat        = 5 * time.Second
	DefaultMaxStreams       = 10_000
	DefaultMaxClientStreams = 5
)

func (o *Options) withDefaults() Options {
	var c Options
	if o != nil {
		c = *o
	}
	if c.MaxHeaders == 0 {
		c.MaxHeaders = DefaultMaxHeaders
	}
	if c.MaxBodies == 0 {
		c.MaxBodies = DefaultMaxBodies
	}
	if c.PollingInterval == 0 && c.WaitInterval <= 0 {
		c.PollingInterval = DefaultPollingInterval
	}
	c.PollingInterval = max(c.PollingInterval, 0)
	if c.Heartbeat <= 0 {
		c.Heartbeat = DefaultHeartbeat
	}
	if c.MaxStreams == 0 {
		c.MaxStreams = DefaultMaxStreams
	}
	if c.MaxClientStreams == 0 {
		c.MaxClientStreams = DefaultMaxClientStreams
	}
	if c.Browsers == nil {
		c.Browsers = DefaultBrowsers()
	}
	if c.Random == nil {
		c.Random = rand.Reader
	}
	return c
}

// writerOptions says how values are written. externals finds the application's externalizable classes.
func (o *Options) writerOptions(externals func(class string) wire.External) wire.WriterOptions {
	return wire.WriterOptions{
		UseCollections: o.UseCollections,
		UseProxies:     o.UseProxies,
		UseLegacyXML:   o.UseLegacyXML,
		NoReferences:   o.NoReferences,
		Externals:      externals,
	}
}
