package startpage

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/patchbay-go/patchbay/core"
)

// silent is a protocol that nobody speaks here: the page only asks for its name.
type silent struct{ name string }

func (s silent) Traits() core.Traits { return core.Traits{Protocol: s.name} }

func (silent) Serve(context.Context, *core.ChannelSet, *core.Inbound) error { return nil }

type noStore struct{ core.Store }

func page(t *testing.T) http.Handler {
	t.Helper()
	set := core.NewChannelSet(core.NewServiceMapper(), noStore{}, nil)
	set.Map(&core.Channel{Name: "a", Endpoint: silent{"amf"}}).Map(&core.Channel{Name: "r", Endpoint: silent{"jsonrpc"}})
	set.AddDestination(&core.Destination{Name: "news", Replay: true, NoSubtopics: true, TTL: time.Minute})
	set.AddDestination(&core.Destination{Name: "board", Subscribe: core.Access{Roles: []string{"member"}}})
	return New(set, map[string]string{"/rpc": "r", "/amf": "a"}, Link{"/chat", "Chat"})
}

func get(h http.Handler, method, path string) (int, http.Header, string) {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(method, path, nil))
	body, _ := io.ReadAll(w.Body)
	return w.Code, w.Header(), string(body)
}

func TestPage(t *testing.T) {
	h := page(t)
	for _, c := range []struct {
		method, path string
		status       int
		contentType  string
		body         string // what it holds
	}{
		{"GET", "/", 200, "text/html; charset=utf-8", `<script src="/start/page.js" type="module"></script>`},
		{"HEAD", "/", 200, "text/html; charset=utf-8", ""},
		{"GET", "/start/page.js", 200, "text/javascript; charset=utf-8", "rpc.discover"},
		{"GET", "/start/page.css", 200, "text/css; charset=utf-8", "prefers-color-scheme"},
		{"GET", "/start/channels.json", 200, "application/json",
			`[{"path":"/amf","protocol":"amf"},{"path":"/rpc","protocol":"jsonrpc"}]`},
		{"GET", "/start/links.json", 200, "application/json", `[{"path":"/chat","text":"Chat"}]`},
		{"GET", "/start/topics.json", 200, "application/json",
			`[{"name":"board","subtopics":true,"replay":false,"secure":true,"seconds":1800},` +
				`{"name":"news","subtopics":false,"replay":true,"secure":false,"seconds":60}]`},
		{"GET", "/start/topics.js", 200, "text/javascript; charset=utf-8", "EventSource"},
		{"POST", "/", 405, "", ""},
		{"GET", "/nowhere", 404, "", ""},
		{"GET", "/start/startpage.go", 404, "", ""},
	} {
		t.Run(c.method+" "+c.path, func(t *testing.T) {
			status, header, body := get(h, c.method, c.path)
			if status != c.status || !strings.Contains(body, c.body) {
				t.Errorf("got %d %s, want %d with %q", status, body, c.status, c.body)
			}
			if status != 200 {
				return
			}
			if got := header.Get("Content-Type"); got != c.contentType {
				t.Errorf("Content-Type: got %q, want %q", got, c.contentType)
			}
			if got := header.Get("Content-Security-Policy"); !strings.HasPrefix(got, "default-src 'none'") || strings.Contains(got, "unsafe") {
				t.Errorf("Content-Security-Policy: got %q", got)
			}
		})
	}
}

// A server without topics and other pages lists none, rather than null.
func TestNothingToList(t *testing.T) {
	h := New(core.NewChannelSet(core.NewServiceMapper(), noStore{}, nil), nil)
	for _, list := range []string{"channels", "links", "topics"} {
		if _, _, body := get(h, "GET", "/start/"+list+".json"); body != "[]" {
			t.Errorf("%s: got %s, want []", list, body)
		}
	}
}

// What the policy forbids would silently not run.
func TestNothingInline(t *testing.T) {
	_, _, body := get(page(t), "GET", "/")
	for _, inline := range []string{`<script>`, `<style`, `\sstyle=`, `\son\w+=`, `https?://`} {
		if found := regexp.MustCompile(inline).FindString(body); found != "" {
			t.Errorf("%q is in the page", found)
		}
	}
}

// Text from the server must not become HTML.
func TestScriptWritesNoHTML(t *testing.T) {
	for _, name := range []string{"page.js", "topics.js"} {
		_, _, script := get(page(t), "GET", "/start/"+name)
		for _, sink := range []string{"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function"} {
			if strings.Contains(script, sink) {
				t.Errorf("%s uses %s", name, sink)
			}
		}
	}
}

func TestEveryLabelledFieldHasALabel(t *testing.T) {
	_, _, body := get(page(t), "GET", "/")
	inputs := strings.Count(body, "<input") + strings.Count(body, "<textarea")
	labels := regexp.MustCompile(`(?s)<label[^>]*>.*?</label>`).FindAllString(body, -1)
	if len(labels) != inputs {
		t.Errorf("%d fields and %d labels", inputs, len(labels))
	}
}
