package server

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/stores/memory"
)

// A server that runs ends the connections of clients that went without a word.
func TestServeSweeps(t *testing.T) {
	for _, c := range []struct {
		name  string
		sweep time.Duration
		ended []core.EndReason
	}{
		{"as a rule", 0, []core.EndReason{core.Expired}},
		{"never", -1, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var ended []core.EndReason
				set := core.NewChannelSet(core.NewServiceMapper(), memory.New(nil), &core.Options{
					OnDisconnect: []core.DisconnectHook{func(_ context.Context, _ *core.Connection, why core.EndReason) { ended = append(ended, why) }},
				})
				set.Map(&core.Channel{Name: "words", Endpoint: echoEndpoint{}})
				client, err := set.NewClient(t.Context())
				if err == nil {
					_, err = set.Connect(t.Context(), "words", client)
				}
				if err != nil {
					t.Fatal(err)
				}
				serveFor(t, New(set, &Options{Sweep: c.sweep}), time.Hour)
				if len(ended) != len(c.ended) || len(ended) == 1 && ended[0] != c.ended[0] {
					t.Errorf("ended %v, want %v", ended, c.ended)
				}
			})
		})
	}
}

func TestSweepThatFailsIsLogged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := &lockedBuffer{}
		set := newSet(&brokenStore{err: errors.New("no store today")}, slog.New(slog.NewTextHandler(log, nil)), echoEndpoint{})
		serveFor(t, New(set, nil), 90*time.Second)
		if got := log.String(); strings.Count(got, "no store today") != 1 {
			t.Errorf("log: %s, want the error once", got)
		}
	})
}

// serveFor has a server run for some time of the bubble's clock.
func serveFor(t *testing.T, s *Server, d time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	if err := s.Serve(ctx); err != nil {
		t.Error(err)
	}
}
