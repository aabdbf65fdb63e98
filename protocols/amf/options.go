package amf

import (
	"crypto/rand"
	"io"
	"time"
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

	// Random is where the ids of messages come from; they are no secrets. Default crypto/rand. It is read by many goroutines at once.
	Random io.Reader
}

// The defaults of Options.
const (
	DefaultMaxHeaders = 64
	DefaultMaxBodies  = 128

	DefaultPollingInterval = 3 * time.Second
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
	if c.Random == nil {
		c.Random = rand.Reader
	}
	return c
}
