//go:build peers

package browser

import (
	"fmt"
	"image/png"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const page = `<!doctype html><title>t</title><p id="p">nothing</p>
<script>fetch("/word").then(r => r.text()).then(w => document.getElementById("p").textContent = w)</script>`

func serve(t *testing.T) string {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprint(w, page) })
	mux.HandleFunc("/word", func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprint(w, "fetched") })
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server.URL
}

func TestDOM(t *testing.T) {
	if got := DOM(t, serve(t), 5*time.Second); !strings.Contains(got, `<p id="p">fetched</p>`) {
		t.Errorf("got %s, want the page after its script", got)
	}
}

func TestScreenshot(t *testing.T) {
	name := filepath.Join(t.TempDir(), "page.png")
	Screenshot(t, serve(t), 5*time.Second, name)
	file, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	if _, err := png.Decode(file); err != nil {
		t.Error(err)
	}
}
