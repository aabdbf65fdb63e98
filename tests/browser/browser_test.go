//go:build peers

package browser

import (
	"fmt"
	"image/png"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The page appends what is typed to a list, by its button and by Enter, and fetches a word.
const example = `<!doctype html><title>t</title><p id="word">nothing</p>
<form><input><button>add</button></form><ul></ul>
<script>
	fetch("/word").then((r) => r.text()).then((w) => document.getElementById("word").textContent = w);
	document.querySelector("form").onsubmit = (event) => {
		event.preventDefault();
		const input = document.querySelector("input");
		document.querySelector("ul").appendChild(document.createElement("li")).textContent = input.value;
		input.value = "";
	};
</script>`

func serve(t *testing.T, html string) string {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, html) })
	mux.HandleFunc("/word", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "fetched") })
	mux.HandleFunc("/never", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server.URL
}

func TestPage(t *testing.T) {
	p := Start(t).Open(t, serve(t, example))
	p.WaitText("#word")
	p.Wait(`document.getElementById("word").textContent === "fetched"`)
	if got := p.Text("#word"); got != "fetched" {
		t.Errorf("text: got %q, want what the script has fetched", got)
	}
	p.Type("input", "one")
	p.Type("input", " <b>")
	if diff := cmp.Diff([]string{"one <b>"}, p.Values("input")); diff != "" {
		t.Errorf("values of the fields (-want +got):\n%s", diff)
	}
	p.Click("button")
	p.Press("input", "two\r")
	if diff := cmp.Diff([]string{"one <b>", "two"}, p.Texts("li")); diff != "" {
		t.Errorf("texts of the list (-want +got):\n%s", diff)
	}
	p.WaitFor("li:nth-child(2)")
	if got := p.Text("h1"); got != "" {
		t.Errorf("text of nothing: got %q", got)
	}
}

// Pages share nothing but the process.
func TestPagesAreStrangers(t *testing.T) {
	url := serve(t, `<script>document.title = localStorage.seen ?? "new"; localStorage.seen = "seen"</script>`)
	b := Start(t)
	for range 2 {
		if p := b.Open(t, url); p.Text("title") != "new" {
			t.Errorf("got %q, want a page without a past", p.Text("title"))
		}
	}
}

func TestScreenshot(t *testing.T) {
	p := Start(t).Open(t, serve(t, example))
	for _, size := range [][2]int{{1280, 900}, {390, 800}} {
		name := filepath.Join(t.TempDir(), "page.png")
		p.Resize(int64(size[0]), int64(size[1]))
		p.Screenshot(name)
		file, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		config, err := png.DecodeConfig(file)
		if err != nil || config.Width != size[0] || config.Height != size[1] {
			t.Errorf("got %d by %d pixels and %v, want %v", config.Width, config.Height, err, size)
		}
		_ = file.Close()
	}
}
