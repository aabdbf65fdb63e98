package server

import (
	"net/http"
	"strings"
	"testing"
)

func TestOrigins(t *testing.T) {
	allowing := start(t, Options{AllowOrigin: Origins("https://shop.example")})
	closed := start(t, Options{})
	flash := start(t, Options{CrossDomain: &CrossDomain{Domains: []string{"*"}}})
	host := strings.TrimPrefix(closed.url, "http://")
	for _, c := range []struct {
		name, origin, site string
		server             *site
		status             int
		allowed            string // Access-Control-Allow-Origin
	}{
		{"no browser", "", "", closed, 200, ""},
		{"a page that hides its origin", "", "cross-site", closed, 403, ""},
		{"a SWF of another site", "", "cross-site", flash, 200, ""},
		{"an allowed page", "https://shop.example", "cross-site", allowing, 200, "https://shop.example"},
		{"another page", "https://evil.example", "cross-site", allowing, 403, ""},
		{"another scheme", "http://shop.example", "", allowing, 403, ""},
		{"a page without an origin", "null", "cross-site", allowing, 403, ""},
		{"a page where nothing is allowed", "https://shop.example", "", closed, 403, ""},
		{"our own page", "http://" + host, "same-origin", closed, 200, ""},
		{"our own page in an old browser", "http://" + host, "", closed, 200, ""},
		{"our own page behind a proxy that renames us", "https://public.example", "same-origin", closed, 200, ""},
		{"a page of a neighbour", "http://" + host, "same-site", closed, 403, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := c.server.do(t, "POST", "/words", "hello", "Origin", c.origin, "Sec-Fetch-Site", c.site)
			checkOrigin(t, got, c.origin, c.status, c.allowed)
			preflight := c.server.do(t, "OPTIONS", "/words", "", "Origin", c.origin, "Sec-Fetch-Site", c.site,
				"Access-Control-Request-Method", "POST", "Access-Control-Request-Headers", "content-type")
			status := c.status
			if status == http.StatusOK {
				status = http.StatusNoContent
			}
			checkOrigin(t, preflight, c.origin, status, c.allowed)
			if got := preflight.header.Get("Access-Control-Allow-Headers"); (got == "content-type") != (c.allowed != "") {
				t.Errorf("Access-Control-Allow-Headers: got %q", got)
			}
		})
	}
}

// A page whose own name leads to this machine, by DNS, is of the same origin to its browser. It may not call what listens on a loopback
// address, unless a proxy there is known to bring such names, or the origin is allowed.
func TestReboundNames(t *testing.T) {
	closed, proxied := start(t, Options{}), start(t, Options{TrustedProxies: 1})
	allowing := start(t, Options{AllowOrigin: Origins("http://evil.example:8080")})
	for _, c := range []struct {
		name, host, origin string
		server             *site
		status             int
	}{
		{"rebound", "evil.example:8080", "http://evil.example:8080", closed, 403},
		{"rebound, by address", "192.0.2.1:8080", "http://192.0.2.1:8080", closed, 403},
		{"no browser", "evil.example:8080", "", closed, 200},
		{"our name", "localhost:8080", "http://localhost:8080", closed, 200},
		{"our address", "[::1]:8080", "http://[::1]:8080", closed, 200},
		{"behind a proxy", "shop.example", "https://shop.example", proxied, 200},
		{"allowed", "evil.example:8080", "http://evil.example:8080", allowing, 200},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, site := range []string{"same-origin", ""} {
				got := c.server.do(t, "POST", "/words", "hello", "Host", c.host, "Origin", c.origin, "Sec-Fetch-Site", site)
				if got.status != c.status {
					t.Errorf("Sec-Fetch-Site %q: got %d %q, want %d", site, got.status, got.body, c.status)
				}
			}
		})
	}
}

func checkOrigin(t *testing.T, got result, origin string, status int, allowed string) {
	t.Helper()
	if got.status != status || got.header.Get("Access-Control-Allow-Origin") != allowed {
		t.Errorf("got status %d, allowed origin %q; want %d, %q", got.status, got.header.Get("Access-Control-Allow-Origin"), status, allowed)
	}
	if credentials := got.header.Get("Access-Control-Allow-Credentials"); (credentials == "true") != (allowed != "") {
		t.Errorf("Access-Control-Allow-Credentials: got %q", credentials)
	}
	if vary := got.header.Get("Vary"); strings.HasPrefix(vary, "Origin") != (origin != "") {
		t.Errorf("Vary: got %q", got.header.Get("Vary"))
	}
}

func TestLoopbackOrigin(t *testing.T) {
	for origin, want := range map[string]bool{
		"http://localhost:3000": true, "http://127.0.0.1": true, "https://[::1]:8443": true, "http://LOCALHOST": true,
		"http://127.8.9.10:1": true, "null": false, "": false, "http://localhost.evil.example": false, "file://localhost": false,
		"http://127.0.0.1.evil.example": false, "http://evil.example": false, "http://[": false,
	} {
		if got := LoopbackOrigin(origin); got != want {
			t.Errorf("LoopbackOrigin(%q) = %v, want %v", origin, got, want)
		}
	}
}

func TestCrossDomain(t *testing.T) {
	st := start(t, Options{CrossDomain: &CrossDomain{Domains: []string{"*.example.com", `a"><b&'`}, Headers: []string{"Content-Type"}}})
	got := st.do(t, "GET", "/crossdomain.xml", "")
	if got.status != 200 || got.header.Get("Content-Type") != "text/x-cross-domain-policy" {
		t.Errorf("got %d, type %q", got.status, got.header.Get("Content-Type"))
	}
	for _, want := range []string{
		`<allow-access-from domain="*.example.com" secure="true"/>`,
		`<allow-access-from domain="a&#34;&gt;&lt;b&amp;&#39;" secure="true"/>`,
		`<allow-http-request-headers-from domain="*.example.com" headers="Content-Type" secure="true"/>`,
		`permitted-cross-domain-policies="master-only"`,
	} {
		if !strings.Contains(got.body, want) {
			t.Errorf("no %s in\n%s", want, got.body)
		}
	}
	if insecure := string((&CrossDomain{Domains: []string{"x"}, Insecure: true}).policy()); !strings.Contains(insecure, `secure="false"`) {
		t.Errorf("insecure: got %s", insecure)
	}
}
