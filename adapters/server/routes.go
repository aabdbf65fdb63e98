package server

import (
	"fmt"
	"io"
	"net/http"
	"strings"
)

// The paths that are the server's own.
const (
	livePath        = "/livez"
	readyPath       = "/readyz"
	crossDomainPath = "/crossdomain.xml"
)

// A router finds the handler of a path: a map is quicker than patterns, and all that is needed.
type router struct {
	paths map[string]http.Handler
	other http.Handler
}

func (h *Handler) routes() *router {
	rt := &router{other: h.opts.Other, paths: map[string]http.Handler{
		livePath:        getOnly(http.HandlerFunc(live)),
		readyPath:       getOnly(newReadiness(h)),
		crossDomainPath: getOnly(h.opts.CrossDomain),
	}}
	for path, name := range h.opts.Paths {
		channel := h.set.Channel(name)
		if channel == nil {
			panic(fmt.Sprintf("server: path %q: there is no channel %q", path, name))
		}
		if rt.paths[path] != nil || !strings.HasPrefix(path, "/") {
			panic(fmt.Sprintf("server: path %q is taken or does not begin with a slash", path))
		}
		rt.paths[path] = newDoor(h, channel)
	}
	return rt
}

// ServeHTTP implements http.Handler.
func (rt *router) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path, _, _ := strings.Cut(r.URL.Path, ";") // a client has appended its session
	if h := rt.paths[path]; h != nil {
		h.ServeHTTP(w, r)
		return
	}
	rt.other.ServeHTTP(w, r)
}

// getOnly refuses methods that do not just read.
func getOnly(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			refuse(w, http.StatusMethodNotAllowed, "This page can only be read: use GET.")
			return
		}
		h.ServeHTTP(w, r)
	})
}

var textType = []string{"text/plain; charset=utf-8"}

// refuse answers with a status and a text for people.
func refuse(w http.ResponseWriter, status int, text string) {
	h := w.Header()
	h["Content-Type"] = textType
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text+"\n") // the peer may have gone; nobody is left to tell
}
