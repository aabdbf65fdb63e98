package amf

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/stores/memory"
)

// Whom the platform's authorizer names calls in every body; credentials in the packet go before it, and a header of the caller's is nobody's
// word.
func TestClaims(t *testing.T) {
	set := core.NewChannelSet(testServices(), memory.New(nil), &core.Options{
		Claims: core.ClaimsPrincipal("sub", ""),
		Authenticate: func(_ context.Context, c core.Credentials) (*core.Principal, error) {
			return &core.Principal{Name: c.User}, nil
		},
	})
	set.Map(&core.Channel{Name: "my-amf", Endpoint: New(nil)})
	for _, c := range []struct {
		name   string
		header string
		claims map[string]any
		want   string
	}{
		{"claims", "", map[string]any{"sub": "ann"}, `"ann"`},
		{"credentials before claims", `Credentials {"userid": "bob", "password": "x"}`, map[string]any{"sub": "ann"}, `"bob"`},
		{"no claims", "", nil, `"nobody"`},
		{"expired", "", map[string]any{"sub": "ann", "exp": 1.0}, `Client.Authentication`},
		{"expired, with credentials", `Credentials {"userid": "bob", "password": "x"}`, map[string]any{"sub": "ann", "exp": 1.0}, `Client.Authentication`},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := packetBuilder{t: t}
			b.add("packet", "3")
			if c.header != "" {
				b.add("header", c.header)
			}
			b.add("body", "example.whoami /1 list3 []")
			r := &recorder{header: http.Header{}}
			peer := core.Peer{Transport: "http", Header: http.Header{"Sub": {"eve"}}, Claims: c.claims}
			if err := set.Serve(t.Context(), "my-amf", &core.Inbound{Peer: peer, Unit: b.bytes(), Reply: r}); err != nil {
				t.Fatal(err)
			}
			if got := readReply(t, r.unit).bodies; !strings.Contains(got[0], c.want) {
				t.Errorf("got %s, want %s", got[0], c.want)
			}
		})
	}
}
