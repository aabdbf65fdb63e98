package cloudrun_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"sync"
	"testing"

	"github.com/patchbay-go/patchbay/adapters/server"
	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/core/value"
	"github.com/patchbay-go/patchbay/stores/memory"
)

// newSet returns a set with a destination "orders".
func newSet(t testing.TB, opts *core.Options) *core.ChannelSet {
	t.Helper()
	if opts == nil {
		opts = &core.Options{}
	}
	if opts.Observer == nil {
		opts.Observer = server.Observer(nil)
	}
	set := core.NewChannelSet(core.NewServiceMapper(), memory.New(nil), opts)
	t.Cleanup(func() { _ = set.Close() })
	return set.AddDestination(&core.Destination{Name: "orders", MaxMessage: 100_000})
}

// published returns what stands in the log of "orders".
func published(t testing.TB, set *core.ChannelSet) []*core.Message {
	t.Helper()
	var all []*core.Message
	err := set.Follow(context.WithoutCancel(t.Context()), &core.Follower{
		Name: "look", Destination: "orders", Replay: true,
		Deliver: func(_ context.Context, _ int, messages []*core.Message) error {
			all = append(all, messages...)
			return nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func body(t testing.TB, m *core.Message) any {
	t.Helper()
	var v any
	if err := m.Body.Bind(&v, nil, value.Limits{}); err != nil {
		t.Fatal(err)
	}
	return v
}

// A logged is what was logged, as lines of JSON.
type logged struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logged) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

// lines returns them as members.
func (l *logged) lines(t testing.TB) []map[string]any {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	var all []map[string]any
	for line := range bytes.Lines(l.text.Bytes()) {
		members := map[string]any{}
		if err := json.Unmarshal(line, &members); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		all = append(all, members)
	}
	return all
}

var silent = slog.New(slog.DiscardHandler)
