// Package startpage is a page for browsers that lists what a server offers, and calls it: services, operations, parameters, topics and
// protocols, with a form for each operation.
//
// The page itself is static. What can be called it asks of the server by JSON-RPC (rpc.discover), and its forms call by JSON-RPC too, as
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

	"github.com/patchbay-go/patchbay/adapters/server/internal/static"
	"github.com/patchbay-go/patchbay/core"
)

//go:embed page.html page.css page.js topics.js
var files embed.FS

// A channel is what the page says of one way in.
type channel struct {
	Path     string `json:"path"`
	Protocol string `json:"protocol"`
}

// A topic is what the page says of a destination.
type topic struct {
	Name      string  `json:"name"`
	Subtopics bool    `json:"subtopics"`
	Replay    bool    `json:"replay"`
	Secure    bool    `json:"secure"`  // subscribing needs a login
	Seconds   float64 `json:"seconds"` // that a message lives which does not say
}

// A Link leads to another page of the same server.
type Link struct {
	Path string `json:"path"`
	Text string `json:"text"`
}

// New returns the page as an http.Handler for "/" and what lies below "/start/"; anything else is 404. Paths are those of
// server.Options: one of them has to be a channel of JSON-RPC for the page to show more than their list.
func New(set *core.ChannelSet, paths map[string]string, links ...Link) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /{$}", static.File(files, "page.html", static.HTML))
	mux.Handle("GET /start/page.css", static.File(files, "page.css", static.CSS))
	mux.Handle("GET /start/page.js", static.File(files, "page.js", static.Script))
	mux.Handle("GET /start/topics.js", static.File(files, "topics.js", static.Script))
	mux.Handle("GET /start/channels.json", static.Content(asJSON(channels(set, paths)), static.JSON))
	mux.Handle("GET /start/links.json", static.Content(asJSON(append([]Link{}, links...)), static.JSON))
	mux.HandleFunc("GET /start/topics.json", func(w http.ResponseWriter, r *http.Request) {
		static.Content(asJSON(topics(set)), static.JSON).ServeHTTP(w, r) // they may be added while the server runs
	})
	return mux
}

// channels describes the paths, sorted.
func channels(set *core.ChannelSet, paths map[string]string) []channel {
	list := make([]channel, 0, len(paths))
	for path, name := range paths {
		c := set.Channel(name)
		if c == nil {
			panic(fmt.Sprintf("startpage: path %q: there is no channel %q", path, name))
		}
		list = append(list, channel{path, c.Endpoint.Traits().Protocol})
	}
	slices.SortFunc(list, func(a, b channel) int { return strings.Compare(a.Path, b.Path) })
	return list
}

// topics describes the destinations, sorted.
func topics(set *core.ChannelSet) []topic {
	list := []topic{}
	for _, d := range set.Destinations() {
		list = append(list, topic{
			Name: d.Name, Subtopics: !d.NoSubtopics, Replay: d.Replay,
			Secure: d.Subscribe.Secure || len(d.Subscribe.Roles) > 0, Seconds: d.TTL.Seconds(),
		})
	}
	return list
}

// asJSON writes what is made of texts, numbers and truth values: there is nothing to fail.
func asJSON(v any) []byte {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return text
}
