package core_test

import (
	"context"
	"errors"
	"math"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/patchbay-go/patchbay/core"
)

// Who calls follows from what the platform has found out, as the application reads it, as long as it holds.
func TestClaimed(t *testing.T) {
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	soon, past := now.Add(time.Minute), now.Add(-time.Second)
	bySub := core.ClaimsPrincipal("sub", "groups")
	for _, c := range []struct {
		name   string
		mapper core.ClaimsMapper
		claims map[string]any
		want   *core.Principal
		fault  string // a code; empty: none
	}{
		{"nobody reads them", nil, map[string]any{"sub": "ann"}, nil, ""},
		{"there are none", bySub, nil, nil, ""},
		{"a name", bySub, map[string]any{"sub": "ann"}, &core.Principal{Name: "ann"}, ""},
		{"no name", bySub, map[string]any{"email": "ann"}, nil, ""},
		{"a name that is none", bySub, map[string]any{"sub": 7.0}, nil, ""},
		{"a list of roles", bySub, map[string]any{"sub": "ann", "groups": []any{"a", 1.0, "b"}}, &core.Principal{Name: "ann", Roles: []string{"a", "b"}}, ""},
		{"roles as an HTTP API writes them", bySub, map[string]any{"sub": "ann", "groups": "[a b]"}, &core.Principal{Name: "ann", Roles: []string{"a", "b"}}, ""},
		{"roles as a REST API writes them", bySub, map[string]any{"sub": "ann", "groups": "a,b"}, &core.Principal{Name: "ann", Roles: []string{"a", "b"}}, ""},
		{"still good", bySub, map[string]any{"sub": "ann", "exp": float64(soon.Unix())}, &core.Principal{Name: "ann"}, ""},
		{"still good, as a text", bySub, map[string]any{"sub": "ann", "exp": strconv.FormatInt(soon.Unix(), 10)}, &core.Principal{Name: "ann"}, ""},
		{"still good, as a date", bySub, map[string]any{"sub": "ann", "exp": soon.Format(time.UnixDate)}, &core.Principal{Name: "ann"}, ""},
		{"expired", bySub, map[string]any{"sub": "ann", "exp": float64(past.Unix())}, nil, core.Unauthenticated.String()},
		{"expired now", bySub, map[string]any{"sub": "ann", "exp": now.Unix()}, nil, core.Unauthenticated.String()},
		{"expired, as a text", bySub, map[string]any{"sub": "ann", "exp": strconv.FormatInt(past.Unix(), 10)}, nil, core.Unauthenticated.String()},
		{"expired, as a date", bySub, map[string]any{"sub": "ann", "exp": past.Format(time.UnixDate)}, nil, core.Unauthenticated.String()},
		{"a date somewhere else", bySub, map[string]any{"sub": "ann", "exp": "Tue Nov 24 23:00:00 XYZ 2026"}, nil, core.Unauthenticated.String()},
		{"a time that is none", bySub, map[string]any{"sub": "ann", "exp": "never"}, nil, core.Unauthenticated.String()},
		{"a time that is no text", bySub, map[string]any{"sub": "ann", "exp": true}, nil, core.Unauthenticated.String()},
		{"a time beyond all", bySub, map[string]any{"sub": "ann", "exp": math.Inf(1)}, nil, core.Unauthenticated.String()},
		{"the application refuses", refuseClaims, map[string]any{"sub": "ann"}, nil, core.Denied.String()},
		{"the application panics", panicOnClaims, map[string]any{"sub": "ann"}, nil, core.Internal.String()},
	} {
		t.Run(c.name, func(t *testing.T) {
			set := newSet(t, &core.Options{Claims: c.mapper, Now: func() time.Time { return now }})
			got, err := set.Identify(t.Context(), &core.Peer{Claims: c.claims})
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("principal (-want +got):\n%s", diff)
			}
			if (err == nil) != (c.fault == "") || (err != nil && core.AsFault(err).Code.String() != c.fault) {
				t.Errorf("got %v, want %q", err, c.fault)
			}
		})
	}
}

func refuseClaims(context.Context, map[string]any) (*core.Principal, error) {
	return nil, core.Denied.Errorf("Not you.")
}

func panicOnClaims(context.Context, map[string]any) (*core.Principal, error) {
	panic(errors.New("a mistake"))
}

// What the platform says goes before what the caller says; where it names nobody, the caller's word counts as without it.
func TestClaimsBeforeBasic(t *testing.T) {
	set := newSet(t, &core.Options{Authenticate: letIn, Claims: core.ClaimsPrincipal("sub", "")})
	r := &http.Request{Header: http.Header{}}
	r.SetBasicAuth("ann", "right")
	for want, claims := range map[string]map[string]any{"bob": {"sub": "bob"}, "ann": {"other": "bob"}} {
		if p, err := set.Identify(t.Context(), &core.Peer{Header: r.Header, Claims: claims}); err != nil || p == nil || p.Name != want {
			t.Errorf("%v: got %v, %v; want %s", claims, p, err, want)
		}
	}
}
