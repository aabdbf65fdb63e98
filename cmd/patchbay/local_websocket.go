package main

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/patchbay-go/patchbay/local/gateway"
	"github.com/patchbay-go/patchbay/local/runtime"
)

// webSocketFlags are the settings of the WebSocket API alone.
type webSocketFlags struct {
	routes         []string
	selection      string
	oneWay         bool
	authorizer     string
	idle, lifetime time.Duration
}

func (f *webSocketFlags) define(flags *pflag.FlagSet) {
	flags.StringArrayVar(&f.routes, "ws-route", nil, "a route key of the WebSocket API beside $connect, $disconnect and $default")
	flags.StringVar(&f.selection, "ws-route-selection", "$request.body.action", "which member of a message names its route")
	flags.BoolVar(&f.oneWay, "ws-one-way", false, "what the function answers does not go back to the client: no route response")
	flags.StringVar(&f.authorizer, "ws-authorizer", "", "a function that is asked who may connect: a program, or its folder, like --bootstrap")
	flags.DurationVar(&f.idle, "ws-idle", 10*time.Minute, "after how long without a message a WebSocket is closed")
	flags.DurationVar(&f.lifetime, "ws-lifetime", 2*time.Hour, "after how long a WebSocket is closed in any case")
}

// check tells what cannot be.
func (f *webSocketFlags) check() error {
	if _, err := gateway.ParseRouteSelection(f.selection); err != nil {
		return fmt.Errorf("--ws-route-selection: %w", err)
	}
	for _, key := range f.routes {
		if key == "" || strings.HasPrefix(key, "$") {
			return fmt.Errorf("--ws-route %q: keys with a dollar sign are the gateway's own, and are there", key)
		}
	}
	if f.authorizer != "" {
		program, err := findProgram("--ws-authorizer", f.authorizer)
		if err != nil {
			return err
		}
		f.authorizer = program
	}
	if f.idle <= 0 || f.lifetime <= 0 {
		return fmt.Errorf("--ws-idle %s, --ws-lifetime %s: want more than none", f.idle, f.lifetime)
	}
	return nil
}

// options returns the settings of the door. check must have found nothing.
func (f *webSocketFlags) options(shared gateway.Options) *gateway.WebSocketOptions {
	selection, err := gateway.ParseRouteSelection(f.selection)
	if err != nil {
		selection = nil // never, as said
	}
	return &gateway.WebSocketOptions{
		Options: shared, Routes: append([]string{"$connect", "$disconnect", "$default"}, f.routes...), RouteSelection: selection,
		OneWay: f.oneWay, IdleTimeout: f.idle, Lifetime: f.lifetime,
	}
}

// webSocket opens the WebSocket API, and runs its authorizer where it has one.
func (p *platform) webSocket(shared gateway.Options) http.Handler {
	opts := p.flags.webSocket.options(shared)
	end := func() {}
	if program := p.flags.webSocket.authorizer; program != "" {
		authorizer := runtime.New(&runtime.Options{
			Bootstrap: program, Env: p.env, Concurrency: p.flags.concurrency, Timeout: p.flags.timeout, Output: p.output, Logger: p.logger,
		})
		opts.Authorizer, end = authorizer, authorizer.Close
	}
	ws := gateway.NewWebSocket(p.function, opts)
	p.closers = append(p.closers, func(ctx context.Context) {
		_ = ws.Close(ctx) // who takes too long is cut off
		end()
	})
	return ws
}
