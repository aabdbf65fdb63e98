package cloudrun_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/patchbay-go/patchbay/adapters/cloudrun"
)

// BenchmarkPush is a signed push, from the check of its token to its answer, with a store in memory.
func BenchmarkPush(b *testing.B) {
	s := newSigner(b)
	p := newPush(b, newSet(b, nil), cloudrun.PushOptions{Audience: audience, Account: account, HTTPClient: &http.Client{Transport: s}})
	authorization := []string{"Bearer " + s.token(b, "RS256", "k1", nil)}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		r := httptest.NewRequestWithContext(b.Context(), http.MethodPost, "/push", strings.NewReader(wrapped(fmt.Sprint(i), `{"n":1}`, nil)))
		r.Header["Authorization"] = authorization
		w := httptest.NewRecorder()
		if p.ServeHTTP(w, r); w.Code != http.StatusNoContent {
			b.Fatalf("got %d", w.Code)
		}
	}
}
