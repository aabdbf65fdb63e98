// Package chatpage is a page for browsers to chat: it shows what is published to the topic "chat", live, and publishes what is typed.
//
// The page is static and has no powers of its own. It gets messages as server-sent events from /events and publishes by JSON-RPC at
// /rpc, so both have to be served there. It publishes {"from", "text"} and shows messages of any form, since clients of every protocol
// publish to the topic.
package chatpage

import (
	"embed"
	"net/http"

	"github.com/patchbay-go/patchbay/adapters/server/internal/static"
)

//go:embed page.html page.css page.js
var files embed.FS

// Path is where the page is; what belongs to it lies below.
const Path = "/chat"

// New returns the page as an http.Handler for Path and below; anything else is 404.
func New() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET "+Path, static.File(files, "page.html", static.HTML))
	mux.Handle("GET "+Path+"/page.css", static.File(files, "page.css", static.CSS))
	mux.Handle("GET "+Path+"/page.js", static.File(files, "page.js", static.Script))
	return mux
}
