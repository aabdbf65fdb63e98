package server

import (
	"context"
	"net/http"
)

type claimsKey struct{}

// WithClaims returns a context for a request that a Handler is given by another adapter: what the platform's authorizer found out about its
// sender becomes core.Peer.Claims. It must come from the platform's own event, never from headers.
func WithClaims(ctx context.Context, claims map[string]any) context.Context {
	return context.WithValue(ctx, claimsKey{}, claims)
}

// claimsOf returns what WithClaims has put there, or nil.
func claimsOf(r *http.Request) map[string]any {
	claims, _ := r.Context().Value(claimsKey{}).(map[string]any)
	return claims
}
