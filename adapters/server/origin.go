package server

import (
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// Origins returns an Options.AllowOrigin that allows exactly these, without regard to case: "https://shop.example",
// "http://localhost:3000".
func Origins(allowed ...string) func(origin string) bool {
	return func(origin string) bool {
		return slices.ContainsFunc(allowed, func(a string) bool { return strings.EqualFold(a, origin) })
	}
}

// LoopbackOrigin is an Options.AllowOrigin that allows pages that this machine itself serves, on any port: for development.
func LoopbackOrigin(origin string) bool {
	u, err := url.Parse(origin)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") {
		return false
	}
	return isLoopback(u.Hostname())
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || (ip != nil && ip.IsLoopback())
}

// crossOrigin adds what lets a page of another origin read the answer, and reports false for a page that must not even ask: the
// browser would send our cookies, run the call and only then hide the answer.
func (d *door) crossOrigin(h http.Header, r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if d.reads || origin != "" { // answers to POST are not cached
		h["Vary"] = varyOrigin
	}
	if origin == "" { // no browser, or none that would tell; a browser does not where a page gets what is of its own origin
		return !d.hidesItsOrigin(r) && (!d.reads || !d.isRebound(r))
	}
	if d.handler.opts.AllowOrigin(origin) {
		h.Set("Access-Control-Allow-Origin", origin)
		h.Set("Access-Control-Allow-Credentials", "true")
		return true
	}
	return sameOrigin(origin, r) && !d.isRebound(r)
}

// isRebound reports whether a page seems to have made its own name lead to this machine: to a browser it is then of our origin. Who
// comes to a loopback address by a name of another kind is that page, or a proxy on this machine, which TrustedProxies tells of.
func (d *door) isRebound(r *http.Request) bool {
	local, _ := r.Context().Value(http.LocalAddrContextKey).(*net.TCPAddr)
	if local == nil || !local.IP.IsLoopback() || d.handler.opts.TrustedProxies > 0 {
		return false
	}
	asked := url.URL{Host: r.Host}
	return !isLoopback(asked.Hostname())
}

// hidesItsOrigin reports whether a page of another site calls without saying which. SWFs of other sites do, where they may call.
func (d *door) hidesItsOrigin(r *http.Request) bool {
	site := r.Header.Get("Sec-Fetch-Site")
	return (site == "cross-site" || site == "same-site") && d.handler.opts.CrossDomain == nil
}

// sameOrigin reports whether the page came from here. Browsers of today say so themselves; for others the hosts are compared,
// since the scheme is not known behind a proxy.
func sameOrigin(origin string, r *http.Request) bool {
	switch r.Header.Get("Sec-Fetch-Site") {
	case "same-origin", "none":
		return true
	case "":
		u, err := url.Parse(origin)
		return err == nil && u.Host != "" && strings.EqualFold(u.Host, r.Host)
	}
	return false
}

// preflight answers a browser that asks before it sends.
func (d *door) preflight(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Allow", d.methods)
	if !d.crossOrigin(h, r) {
		refuse(w, http.StatusForbidden, originRefused(r))
		return
	}
	if h.Get("Access-Control-Allow-Origin") != "" {
		h["Vary"] = varyPreflight
		h.Set("Access-Control-Allow-Methods", d.method)
		h.Set("Access-Control-Max-Age", "600")
		if asked := r.Header.Get("Access-Control-Request-Headers"); asked != "" {
			h.Set("Access-Control-Allow-Headers", asked) // an allowed page may set what it likes; "*" does not go with cookies
		}
	}
	w.WriteHeader(http.StatusNoContent)
}

func originRefused(r *http.Request) string {
	origin := r.Header.Get("Origin")
	if origin == "" {
		return fmt.Sprintf("A page of another site may not call this server, and on a loopback address it goes by no name like %.200q.", r.Host)
	}
	return fmt.Sprintf("Pages from %.200q may not call this server: it would have to allow that origin.", origin)
}

// The values of headers that are the same in every answer, shared between all of them and never changed.
var (
	varyOrigin    = []string{"Origin"}
	varyPreflight = []string{"Origin, Access-Control-Request-Headers"}
)
