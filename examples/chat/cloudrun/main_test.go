package main

import (
	"context"
	"log/slog"
	"strings"
	"testing"
)

// environment is what a program is told.
func environment(pairs ...string) func(string) string {
	return func(name string) string {
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i] == name {
				return pairs[i+1]
			}
		}
		return ""
	}
}

// What is set wrongly is said at the start, and nothing is served.
func TestWrongSettings(t *testing.T) {
	for _, c := range []struct {
		name  string
		pairs []string
		want  string
	}{
		{"no store", nil, "PATCHBAY_STORE"},
		{"another store", []string{"PATCHBAY_STORE", "dynamodb://table"}, "firestore://PROJECT"},
		{"no database", []string{"PATCHBAY_STORE", "firestore://project"}, "firestore://PROJECT"},
		{"another bus", []string{"PATCHBAY_STORE", "memory:", "PATCHBAY_BUS", "redis://x/y"}, "pubsub://PROJECT"},
		{"a port that is none", []string{"PATCHBAY_STORE", "memory:", "PORT", "http"}, "PORT"},
		{"proxies that are no number", []string{"PATCHBAY_STORE", "memory:", "PATCHBAY_PROXIES", "two"}, "PATCHBAY_PROXIES"},
		{"fewer proxies than there are", []string{"PATCHBAY_STORE", "memory:", "PATCHBAY_PROXIES", "0"}, "PATCHBAY_PROXIES"},
		{"a push that anybody could make", []string{"PATCHBAY_STORE", "memory:", "PATCHBAY_PUSH", "messages"}, "audience"},
		{"a push without an account", []string{"PATCHBAY_STORE", "memory:", "PATCHBAY_PUSH", "messages", "PATCHBAY_PUSH_AUDIENCE", "a", "PUBSUB_EMULATOR_HOST", "x"}, "account"},
		{"a push to nowhere", []string{"PATCHBAY_STORE", "memory:", "PATCHBAY_PUSH", "nosuch", "PATCHBAY_PUSH_AUDIENCE", "a", "PATCHBAY_PUSH_ACCOUNT", "b"}, "nosuch"},
	} {
		t.Run(c.name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			cancel() // what is not refused ends at once
			if err := run(ctx, environment(c.pairs...), slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want it to name %q", err, c.want)
			}
		})
	}
}

// With good settings it listens, and ends in good order.
func TestRun(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := run(ctx, environment("PATCHBAY_STORE", "memory:", "PATCHBAY_HTTP", "127.0.0.1:0", "PATCHBAY_ORIGINS", "https://a.example, https://b.example", "PATCHBAY_PROXIES", "2",
		"PATCHBAY_PUSH", "messages,chat", "PATCHBAY_PUSH_AUDIENCE", "a", "PATCHBAY_PUSH_ACCOUNT", "b"), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Error(err)
	}
}
