package lambda

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/patchbay-go/patchbay/core"
)

// WebSocketOptions are what WebSockets can be told. The zero value takes every channel that sockets can be opened on, from no page of
// another origin.
type WebSocketOptions struct {
	// Channels are what a socket can be opened on: the first whose endpoint knows a subprotocol that the client offers; the first of all
	// for a client that offers none. Default: all whose endpoint is a core.EventWriter and speaks text, by name.
	Channels []string

	// AllowOrigin says which pages of other origins may connect: browsers let any page open sockets to anywhere. Default: none, but
	// those of the API's own domain.
	AllowOrigin func(origin string) bool

	// Lifetime is how long what belongs to a socket is kept, from when it connects. Default 2 hours and 10 minutes: the platform closes
	// each after 2 hours.
	Lifetime time.Duration

	// Patience is how long an answer may take to go out with the response of the route; one that takes longer is posted. Default 25 s: the
	// platform gives up after 29.
	Patience time.Duration
}

// WebSockets serves a WebSocket API whose routes $connect, $disconnect and $default all lead to the function, the last with a route
// response. Frames may come in any order and at once; a $disconnect that gets lost is made good by the sweep. What goes through is text,
// in messages of at most 128 KiB, which a client sends in frames of at most 32 KiB.
type WebSockets struct {
	set      *core.ChannelSet
	gateway  core.Gateway
	channels []*core.Channel
	opts     WebSocketOptions
}

var _ SocketHandler = (*WebSockets)(nil)

// NewWebSockets returns a handler for the sockets of a set, whose Options.Gateway is the same gateway. It panics where a channel is named
// that the set has not, or that takes no sockets, or where there is none: mistakes of set-up.
func NewWebSockets(set *core.ChannelSet, gateway core.Gateway, opts *WebSocketOptions) *WebSockets {
	w := &WebSockets{set: set, gateway: gateway}
	if opts != nil {
		w.opts = *opts
	}
	if w.opts.AllowOrigin == nil {
		w.opts.AllowOrigin = func(string) bool { return false }
	}
	if w.opts.Lifetime == 0 {
		w.opts.Lifetime = 2*time.Hour + 10*time.Minute
	}
	if w.opts.Patience == 0 {
		w.opts.Patience = 25 * time.Second
	}
	for _, name := range w.opts.Channels {
		c := set.Channel(name)
		if c == nil || !takesSockets(c) {
			panic(fmt.Sprintf("lambda: channel %q takes no sockets of a WebSocket API", name))
		}
		w.channels = append(w.channels, c)
	}
	if len(w.opts.Channels) == 0 {
		for _, c := range set.Channels() {
			if takesSockets(c) {
				w.channels = append(w.channels, c)
			}
		}
	}
	if len(w.channels) == 0 {
		panic("lambda: there is no channel for sockets of a WebSocket API")
	}
	return w
}

// takesSockets reports whether a channel's endpoint writes events for sockets outside the process, and text, which is all that goes through.
func takesSockets(c *core.Channel) bool {
	_, ok := c.Endpoint.(core.EventWriter)
	return ok && c.Endpoint.Traits().Text
}

// ServeSocket implements SocketHandler.
func (w *WebSockets) ServeSocket(ctx context.Context, e *WebSocketEvent) (*Response, error) {
	start := time.Now()
	ctx, meter := core.WithMeter(ctx)
	r, err := w.serve(ctx, e)
	w.log(ctx, e, r, meter.Units(), time.Since(start), err)
	return r, err
}

func (w *WebSockets) serve(ctx context.Context, e *WebSocketEvent) (*Response, error) {
	switch e.EventType {
	case "CONNECT":
		return w.connect(ctx, e), nil
	case "MESSAGE":
		return w.message(ctx, e)
	case "DISCONNECT":
		return nil, w.set.EndOutside(ctx, e.ConnectionID)
	}
	return nil, fmt.Errorf("an event of a WebSocket API of type %.40q", e.EventType)
}

// connect decides whether a socket is opened, and on which channel.
func (w *WebSockets) connect(ctx context.Context, e *WebSocketEvent) *Response {
	if !w.allows(e) {
		return refusal(http.StatusForbidden, "Pages of this origin may not connect here.")
	}
	channel, subprotocol := w.choose(e.Header)
	if channel == nil {
		return refusal(http.StatusBadRequest, "None of the subprotocols is known here.")
	}
	peer := &core.Peer{Transport: "websocket", Addr: e.RemoteAddr, Header: e.Header, URL: &url.URL{Path: "/", RawQuery: e.Query.Encode()}, Claims: e.Claims}
	connected := e.ConnectedAt
	if connected.IsZero() {
		connected = w.set.Now()
	}
	if _, err := w.set.OpenOutside(ctx, channel.Name, e.ConnectionID, peer, connected.Add(w.opts.Lifetime)); err != nil {
		fault := core.AsFault(err)
		if fault.Code == core.Internal || fault.Code == core.Unavailable {
			w.set.Logger().ErrorContext(ctx, "socket not opened", "error", err)
		}
		return refusal(statusOf(fault.Code), fault.Message)
	}
	r := &Response{Status: http.StatusOK, Header: http.Header{}}
	if subprotocol != "" {
		r.Header.Set("Sec-WebSocket-Protocol", subprotocol)
	}
	return r
}

// allows reports whether the page that connects may: one of the API's own domain, or of an allowed origin. A client that is no browser
// names none.
func (w *WebSockets) allows(e *WebSocketEvent) bool {
	origin := e.Header.Get("Origin")
	if origin == "" || w.opts.AllowOrigin(origin) {
		return true
	}
	u, err := url.Parse(origin)
	return err == nil && u.Host != "" && strings.EqualFold(u.Host, e.Domain)
}

// choose returns the channel for a socket and the subprotocol that it is to speak; nil where none fits.
func (w *WebSockets) choose(h http.Header) (channel *core.Channel, subprotocol string) {
	offered := strings.FieldsFunc(strings.Join(h.Values("Sec-WebSocket-Protocol"), ","), func(r rune) bool { return r == ',' || r == ' ' || r == '\t' })
	if len(offered) == 0 {
		return w.channels[0], ""
	}
	for _, name := range offered {
		for _, c := range w.channels {
			for _, known := range c.Endpoint.Traits().Subprotocols {
				if strings.EqualFold(known, name) {
					return c, name
				}
			}
		}
	}
	return nil, ""
}

// message serves a frame. Who sends over a socket of which nothing is known, since its time is over, is cut off: a client connects anew.
func (w *WebSockets) message(ctx context.Context, e *WebSocketEvent) (*Response, error) {
	socket, err := w.set.LoadOutside(ctx, e.ConnectionID)
	if errors.Is(err, core.ErrNoConnection) {
		return nil, closed(w.gateway.CloseSocket(ctx, e.ConnectionID))
	}
	if err != nil {
		return nil, err
	}
	reply := &socketReply{gateway: w.gateway, socket: socket, late: time.Now().Add(w.opts.Patience), header: http.Header{}}
	in := &core.Inbound{Outside: socket, Peer: socket.Peer(), Received: e.RequestTime, Unit: e.Body, Reply: reply}
	if err := w.set.Serve(ctx, socket.Channel(), in); err != nil {
		return nil, closed(err)
	}
	return reply.response(ctx)
}

// statusOf is the HTTP status of a fault that refuses a connect.
func statusOf(c core.Code) int {
	switch c {
	case core.Invalid:
		return http.StatusBadRequest
	case core.Unauthenticated:
		return http.StatusUnauthorized
	case core.Denied:
		return http.StatusForbidden
	case core.Exhausted:
		return http.StatusTooManyRequests
	case core.Unavailable:
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

// closed returns nil where err is that the socket has gone, which is its client's good right.
func closed(err error) error {
	if errors.Is(err, core.ErrSocketGone) {
		return nil
	}
	return err
}

// log writes the line of an event. Bodies are never part of it.
func (w *WebSockets) log(ctx context.Context, e *WebSocketEvent, r *Response, units core.Units, took time.Duration, err error) {
	level, outcome, out := slog.LevelInfo, "ok", 0
	if r != nil {
		out = len(r.Body)
		if r.Status >= http.StatusBadRequest {
			outcome = "refused"
		}
	}
	attrs := []slog.Attr{
		slog.String("route", e.RouteKey), slog.String("connection", core.HashID(e.ConnectionID)), slog.Int("in", len(e.Body)), slog.Int("out", out),
		slog.Float64("store_read_units", units.Reads), slog.Float64("store_write_units", units.Writes), slog.Duration("duration", took),
	}
	if err != nil {
		level, outcome = slog.LevelError, "failed"
		attrs = append(attrs, slog.Any("error", err))
	}
	w.set.Logger().LogAttrs(ctx, level, "socket event", append(attrs, slog.String("outcome", outcome))...)
}
