package chatpage

import (
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
)

func get(method, path string) (int, http.Header, string) {
	w := httptest.NewRecorder()
	New().ServeHTTP(w, httptest.NewRequest(method, path, nil))
	body, _ := io.ReadAll(w.Body)
	return w.Code, w.Header(), string(body)
}

func TestPage(t *testing.T) {
	for _, c := range []struct {
		method, path string
		status       int
		contentType  string
		body         string // what it holds
	}{
		{"GET", "/chat", 200, "text/html; charset=utf-8", `<script src="/chat/page.js" type="module"></script>`},
		{"HEAD", "/chat", 200, "text/html; charset=utf-8", ""},
		{"GET", "/chat/page.js", 200, "text/javascript; charset=utf-8", "EventSource"},
		{"GET", "/chat/page.css", 200, "text/css; charset=utf-8", "prefers-color-scheme"},
		{"POST", "/chat", 405, "", ""},
		{"GET", "/chat/", 404, "", ""},
		{"GET", "/chat/chatpage.go", 404, "", ""},
	} {
		t.Run(c.method+" "+c.path, func(t *testing.T) {
			status, header, body := get(c.method, c.path)
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

// The browser's tests, and whoever writes some, find the parts of the page by these.
func TestIDs(t *testing.T) {
	_, _, body := get("GET", "/chat")
	for _, id := range []string{"log", "text", "from", "send", "status"} {
		if !strings.Contains(body, `id="`+id+`"`) {
			t.Errorf("nothing has the id %s", id)
		}
	}
}

// What the policy forbids would silently not run.
func TestNothingInline(t *testing.T) {
	_, _, body := get("GET", "/chat")
	for _, inline := range []string{`<script>`, `<style`, `\sstyle=`, `\son\w+=`, `https?://`} {
		if found := regexp.MustCompile(inline).FindString(body); found != "" {
			t.Errorf("%q is in the page", found)
		}
	}
}

// What somebody has said must not become HTML.
func TestScriptWritesNoHTML(t *testing.T) {
	_, _, script := get("GET", "/chat/page.js")
	for _, sink := range []string{"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function"} {
		if strings.Contains(script, sink) {
			t.Errorf("the script uses %s", sink)
		}
	}
}

func TestEveryFieldHasALabel(t *testing.T) {
	_, _, body := get("GET", "/chat")
	inputs := strings.Count(body, "<input")
	labels := regexp.MustCompile(`<label[^>]*>.*?<input.*?</label>`).FindAllString(body, -1)
	if inputs == 0 || len(labels) != inputs {
		t.Errorf("%d fields and %d labels", inputs, len(labels))
	}
}
