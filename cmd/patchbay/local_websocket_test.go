package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"

	"github.com/patchbay-go/patchbay/local/gateway"
)

// webSocketSettings parses flags as the command does.
func webSocketSettings(t *testing.T, args ...string) *webSocketFlags {
	t.Helper()
	var f webSocketFlags
	flags := pflag.NewFlagSet("local", pflag.ContinueOnError)
	f.define(flags)
	if err := flags.Parse(args); err != nil {
		t.Fatal(err)
	}
	return &f
}

func TestLocalWebSocketFlags(t *testing.T) {
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "bootstrap"), nil, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		args []string
		want string // of the error; "": none
	}{
		{nil, ""},
		{[]string{"--ws-route", "join", "--ws-route", "leave", "--ws-route-selection", "${request.body.do}", "--ws-authorizer", folder}, ""},
		{[]string{"--ws-route", "$connect"}, "the gateway's own"},
		{[]string{"--ws-route", ""}, "the gateway's own"},
		{[]string{"--ws-route-selection", "action"}, "--ws-route-selection: "},
		{[]string{"--ws-authorizer", filepath.Join(folder, "nothing")}, "--ws-authorizer: there is no"},
		{[]string{"--ws-idle", "0s"}, "--ws-idle"},
		{[]string{"--ws-lifetime", "-1s"}, "--ws-lifetime"},
	} {
		err := webSocketSettings(t, row.args...).check()
		if (err == nil) != (row.want == "") || err != nil && !strings.Contains(err.Error(), row.want) {
			t.Errorf("%q: got %v, want %q", row.args, err, row.want)
		}
	}
}

func TestLocalWebSocketOptions(t *testing.T) {
	opts := webSocketSettings(t, "--ws-route", "join", "--ws-one-way", "--ws-idle", "1s", "--ws-lifetime", "2s").options(gateway.Options{Stage: "prod"})
	if !slices.Equal(opts.Routes, []string{"$connect", "$disconnect", "$default", "join"}) || !opts.OneWay || opts.RouteSelection == nil ||
		opts.IdleTimeout != time.Second || opts.Lifetime != 2*time.Second || opts.Stage != "prod" {
		t.Errorf("got %+v", opts)
	}
}
