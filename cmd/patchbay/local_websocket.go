package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/patchbay-go/patchbay/local/gateway"
)

// webSocketFlags are the settings of the WebSocket API alone.
type webSocketFlags struct {
	routes         []string
	selection      string
	oneWay         bool
	idle, lifetime time.Duration
}

func (f *webSocketFlags) define(flags *pflag.FlagSet) {
	flags.StringArrayVar(&f.routes, "ws-route", nil, "a route key of the WebSocket API beside $connect, $disconnect and $default")
	flags.StringVar(&f.selection, "ws-route-selection", "$request.body.action", "which member of a message names its route")
	flags.BoolVar(&f.oneWay, "ws-one-way", false, "what the function answers does not go back to the client: no route response")
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
