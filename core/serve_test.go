package core_test

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net/http"
	"testing"

	"github.com/patchbay-go/patchbay/core"
)

// nobody is an endpoint that answers nothing.
type nobody struct{}

func (nobody) Traits() core.Traits                                          { return core.Traits{Protocol: "nobody"} }
func (nobody) Serve(context.Context, *core.ChannelSet, *core.Inbound) error { return nil }

// parrot sends a unit back, and fails where it is empty.
type parrot struct{ nobody }

func (parrot) Serve(ctx context.Context, set *core.ChannelSet, in *core.Inbound) error {
	if len(in.Unit) == 0 {
		return io.ErrUnexpectedEOF
	}
	in.SetCookie(set.SessionCookie("id", &in.Peer))
	return in.Reply.Send(ctx, in.Unit)
}

// reply keeps what is sent.
type reply struct {
	header  http.Header
	units   []string
	refused *core.Fault
}

func (r *reply) Header() http.Header { return r.header }

func (r *reply) Send(_ context.Context, unit []byte) error {
	r.units = append(r.units, string(unit))
	return nil
}

func (r *reply) Refuse(_ context.Context, f *core.Fault) error {
	r.refused = f
	return nil
}

func TestServe(t *testing.T) {
	set := newSet(t, &core.Options{Limits: core.Limits{Unit: 10}})
	set.Map(&core.Channel{Name: "b", Endpoint: parrot{}}).Map(&core.Channel{Name: "a", Endpoint: parrot{}, MaxUnit: 3})
	tests := []struct {
		name, channel, unit string
		sent                int
		refused             core.Code
		err                 error
	}{
		{"a unit", "b", "0123456789", 1, 0, nil},
		{"above the set's limit", "b", "0123456789x", 0, core.TooLarge, nil},
		{"above the channel's limit", "a", "0123", 0, core.TooLarge, nil},
		{"no such channel", "c", "x", 0, core.NotFound, nil},
		{"an endpoint that fails", "b", "", 0, 0, io.ErrUnexpectedEOF},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := &reply{header: http.Header{}}
			err := set.Serve(t.Context(), test.channel, &core.Inbound{Unit: []byte(test.unit), Reply: r})
			if !errors.Is(err, test.err) || len(r.units) != test.sent {
				t.Errorf("got %q, %v; want %d units, %v", r.units, err, test.sent, test.err)
			}
			if (r.refused != nil) != (test.refused != 0) || r.refused != nil && r.refused.Code != test.refused {
				t.Errorf("refused with %v, want %v", r.refused, test.refused)
			}
		})
	}
	if list := set.Channels(); len(list) != 2 || list[0].Name != "a" || set.Channel("b") != list[1] {
		t.Errorf("channels %v", list)
	}
}

func TestSessionCookie(t *testing.T) {
	set := newSet(t, &core.Options{Cookie: "sid"})
	plain, safe := set.SessionCookie("x", &core.Peer{}), set.SessionCookie("x", &core.Peer{TLS: &tls.ConnectionState{}})
	if got, want := plain.String(), "sid=x; Path=/; HttpOnly; SameSite=Lax"; got != want {
		t.Errorf("cookie %q, want %q", got, want)
	}
	if !safe.Secure {
		t.Error("a cookie over TLS is not marked Secure")
	}
	peer := core.Peer{Header: http.Header{"Cookie": {"other=1; sid=x"}}}
	if got := set.SessionID(&peer); got != "x" {
		t.Errorf("SessionID = %q", got)
	}
}

func TestPeer(t *testing.T) {
	for addr, want := range map[string]string{"192.0.2.1:80": "192.0.2.1", "[2001:db8::1]:80": "2001:db8::1", "192.0.2.1": "192.0.2.1", "": ""} {
		if got := (&core.Peer{Addr: addr}).Host(); got != want {
			t.Errorf("Host of %q = %q, want %q", addr, got, want)
		}
	}
	for addr, want := range map[string]string{
		"192.0.2.1:80": "192.0.2.1", "192.0.2.1": "192.0.2.1", "[::ffff:192.0.2.1]:80": "192.0.2.1",
		"[2001:db8:1:2:3:4:5:6]:80": "2001:db8:1:2::/64", "2001:db8:1:2::9": "2001:db8:1:2::/64", "[fe80::1%eth0]:80": "fe80::/64",
		"": "", "somewhere": "somewhere",
	} {
		if got := (&core.Peer{Addr: addr}).Network(); got != want {
			t.Errorf("Network of %q = %q, want %q", addr, got, want)
		}
	}
	var none core.Peer
	if _, ok := none.BasicAuth(); ok || none.Cookie("x") != "" || len(none.Cookies()) != 0 {
		t.Error("a peer without headers has cookies or credentials")
	}
}
