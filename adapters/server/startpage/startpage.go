// Package startpage is a page for browsers that lists what a server offers, and calls it: services, operations, parameters and
// protocols, with a form for each operation.
//
// The page itself is static. What it shows it asks of the server by JSON-RPC (rpc.discover), and its forms call by JSON-RPC too, as
// any client may: it has no powers of its own. A link to "#service.operation" opens that form, "#service.operation?[1,2]" fills
// it in as well; neither calls, since anybody can make a link.
package startpage

import (
	"embed"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/patchbay-go/patchbay/core"
)

//go:embed page.html page.css page.js
var files embed.FS

// policy lets the page load what is ours and nothing else, and nobody put it into a frame.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// A channel is what the page says of one way in.
type channel struct {
	Path     string `json:"path"`
	Protocol string `json:"protocol"`
}

// New returns the page as an http.Handler for "/" and what lies below "/start/"; anything else is 404. Paths are those of
// server.Options: one of them has to be a channel of JSON-RPC for the page to show more than their list.
func New(set *core.ChannelSet, paths map[string]string) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /{$}", file("page.html", "text/html; charset=utf-8"))
	mux.Handle("GET /start/page.css", file("page.css", "text/css; charset=utf-8"))
	mux.Handle("GET /start/page.js", file("page.js", "text/javascript; charset=utf-8"))
	mux.Handle("GET /start/channels.json", content(channels(set, paths), "application/json"))
	return mux
}

// channels describes the paths, sorted.
func channels(set *core.ChannelSet, paths map[string]string) []byte {
	list := make([]channel, 0, len(paths))
	for path, name := range paths {
		c := set.Channel(name)
		if c == nil {
			panic(fmt.Sprintf("startpage: path %q: there is no channel %q", path, name))
		}
		list = append(list, channel{path, c.Endpoint.Traits().Protocol})
	}
	slices.SortFunc(list, func(a, b channel) int { return strings.Compare(a.Path, b.Path) })
	text, err := json.Marshal(list)
	if err != nil {
		panic(err) // two strings each: there is nothing to fail
	}
	return text
}

// file serves an embedded file.
func file(name, contentType string) http.Handler {
	b, err := files.ReadFile(name)
	if err != nil {
		panic(err) // the compiler has embedded it
	}
	return content(b, contentType)
}

func content(b []byte, contentType string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		h := w.Header()
		h.Set("Content-Type", contentType)
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-cache")
		_, _ = w.Write(b)
	})
}
