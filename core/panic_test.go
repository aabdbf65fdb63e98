package core_test

import (
	"context"
	"testing"

	"github.com/patchbay-go/patchbay/core"
)

// TestPanicOfTheApplication: whatever of the application panics, the caller gets a fault without its text.
func TestPanicOfTheApplication(t *testing.T) {
	set := newSet(t, &core.Options{
		Authenticate: func(context.Context, core.Credentials) (*core.Principal, error) { panic("secret") },
		OnConnect:    []core.ConnectHook{func(context.Context, *core.Connection) error { panic("secret") }},
	})
	set.Map(&core.Channel{Name: "chat", Endpoint: nobody{}})
	_, err := set.Authenticate(t.Context(), core.Credentials{User: "ann"}, &core.Peer{})
	if f := core.AsFault(err); f == nil || f.Code != core.Internal || f.Message != "" {
		t.Errorf("authenticator: got %v, want internal", err)
	}
	client, err := set.NewClient(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	_, err = set.Connect(t.Context(), "chat", client)
	if f := core.AsFault(err); f == nil || f.Code != core.Internal || f.Message != "" {
		t.Errorf("connect hook: got %v, want internal", err)
	}
	_, conn, err := set.Load(t.Context(), "chat", client.ID())
	if conn != nil || err != nil {
		t.Errorf("after the hook's panic there is a connection, or %v", err)
	}
}
