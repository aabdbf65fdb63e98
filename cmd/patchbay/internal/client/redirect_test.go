package client

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// A server that points elsewhere is not followed: nobody else gets arguments and password.
func TestRedirectIsNotFollowed(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("%s %s was sent to another host", r.Method, r.URL)
	}))
	defer elsewhere.Close()
	pointing := httptest.NewServer(http.RedirectHandler(elsewhere.URL+"/rpc", http.StatusTemporaryRedirect))
	defer pointing.Close()
	for _, protocol := range CallProtocols() {
		c, err := New(pointing.URL, protocol)
		if err != nil {
			t.Fatal(err)
		}
		c.User, c.Password = "ann", "secret"
		if _, err := c.Call(t.Context(), "a.b", nil); err == nil || !strings.Contains(err.Error(), elsewhere.URL) {
			t.Errorf("%s: got %v, want an error that names %s", protocol, err, elsewhere.URL)
		}
	}
}
