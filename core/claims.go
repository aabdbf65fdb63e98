package core

import (
	"context"
	"fmt"
	"runtime/debug"
	"strconv"
	"strings"
	"time"
)

// A ClaimsMapper tells who somebody is of whom a platform's authorizer has found out these claims. It returns nil and no error where they name
// nobody. It must not change them, and may be called by any number of goroutines.
type ClaimsMapper func(ctx context.Context, claims map[string]any) (*Principal, error)

// Claimed returns who the platform's authorizer says that the peer is, by Options.Claims; nil, without an error, where it has said nothing
// or nobody reads it. Claims whose time ("exp") is over are Unauthenticated.
func (s *ChannelSet) Claimed(ctx context.Context, peer *Peer) (*Principal, error) {
	if s.opts.Claims == nil || len(peer.Claims) == 0 {
		return nil, nil
	}
	if exp, ok := peer.Claims["exp"]; ok {
		until, known := timeOfClaim(exp)
		if !known || !s.Now().Before(until) {
			return nil, Unauthenticated.Errorf("The authorization has expired.")
		}
	}
	p, err := s.askClaims(ctx, peer.Claims)
	if err != nil {
		return nil, fmt.Errorf("read the claims: %w", err)
	}
	return p, nil
}

// askClaims asks the application. Endpoints ask before any call, so its panic is caught here.
func (s *ChannelSet) askClaims(ctx context.Context, claims map[string]any) (p *Principal, err error) {
	defer func() {
		if r := recover(); r != nil {
			p, err = nil, fmt.Errorf("panic: %v\n%s", r, debug.Stack())
		}
	}()
	return s.opts.Claims(ctx, claims)
}

// timeOfClaim reads a time of a token: seconds since 1970 (RFC 7519, section 2), which some platforms hand on as a text, and REST APIs of
// API Gateway as a date.
func timeOfClaim(v any) (time.Time, bool) {
	switch v := v.(type) {
	case float64:
		return secondsSince1970(v)
	case int64:
		return time.Unix(v, 0), true
	case int:
		return time.Unix(int64(v), 0), true
	case string:
		if seconds, err := strconv.ParseFloat(v, 64); err == nil {
			return secondsSince1970(seconds)
		}
		t, err := time.Parse(time.UnixDate, v)
		return t, err == nil && t.Location() == time.UTC // of other zones a letter code says too little
	}
	return time.Time{}, false
}

// secondsSince1970 knows no times that a time.Time has no room for, nor what is no number.
func secondsSince1970(seconds float64) (time.Time, bool) {
	const longest = 1 << 50
	if !(seconds > -longest && seconds < longest) {
		return time.Time{}, false
	}
	return time.Unix(int64(seconds), 0), true
}

// ClaimsPrincipal returns an Options.Claims for the usual case: one claim has the name ("sub", "cognito:username"), another one the roles
// ("cognito:groups"; empty: there are none). Roles are a list, as HTTP APIs write one too, in square brackets with spaces between; or a text
// with spaces or commas between them, which is how REST APIs write a list: there no role may have a comma in its name. Claims without the name are
// nobody's.
func ClaimsPrincipal(name, roles string) ClaimsMapper {
	return func(_ context.Context, claims map[string]any) (*Principal, error) {
		who, _ := claims[name].(string)
		if who == "" {
			return nil, nil
		}
		return &Principal{Name: who, Roles: rolesIn(claims[roles])}, nil
	}
}

func rolesIn(v any) []string {
	switch v := v.(type) {
	case string:
		if list, ok := strings.CutPrefix(v, "["); ok {
			return strings.Fields(strings.TrimSuffix(list, "]")) // a name may have a comma in it
		}
		return strings.FieldsFunc(v, func(r rune) bool { return r == ' ' || r == ',' })
	case []string:
		return v
	case []any:
		var list []string
		for _, role := range v {
			if text, ok := role.(string); ok {
				list = append(list, text)
			}
		}
		return list
	}
	return nil
}
