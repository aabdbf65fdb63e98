//go:build peers

package peers

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/patchbay-go/patchbay/tests/browser"
)

// user is a script beside the page's own that does with it what a person would. An image that is held back keeps the page loading
// until the script has done its work. It comes from the page's own origin, so the page's policy lets it run.
const user = `
const image = document.body.appendChild(new Image());
image.src = "/test/held";
const until = async (what) => { for (;;) { const v = what(); if (v) return v; await new Promise((r) => setTimeout(r, 5)); } };
const form = () => document.querySelector(".operation[open]");
try { %s } catch (error) { document.body.append(String(error)); }
image.remove();
fetch("/test/done", { method: "POST" });
`

// withUser puts a user before the page of a server, and returns the URL where the two are.
func withUser(t *testing.T, server, does string) string {
	t.Helper()
	target, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{}, 1)
	mux := http.NewServeMux()
	proxy := httputil.NewSingleHostReverseProxy(target)
	mux.Handle("/", proxy)
	mux.HandleFunc("/test/done", func(http.ResponseWriter, *http.Request) { done <- struct{}{} })
	mux.HandleFunc("/test/held", func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-done:
		case <-r.Context().Done():
		}
	})
	mux.Handle("/start/page.js", script(`import "/test/page.js"; import "/test/user.js";`))
	mux.Handle("/test/user.js", script(fmt.Sprintf(user, does)))
	mux.HandleFunc("/test/page.js", func(w http.ResponseWriter, r *http.Request) {
		r.URL.Path = "/start/page.js"
		proxy.ServeHTTP(w, r)
	})
	front := httptest.NewServer(mux)
	t.Cleanup(front.Close)
	return front.URL
}

func script(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/javascript")
		fmt.Fprint(w, text)
	}
}

func TestStartPageListsServices(t *testing.T) {
	dom := browser.Loaded(t, withUser(t, serve(t), `await until(() => document.querySelector(".operation"))`))
	for _, want := range []string{
		`data-method="example.add"`, `data-method="ExampleService.echo"`, `data-method="secure.secret"`, "(key, value)",
		"/amf</code>", "AMF0, AMF3", "JSON-RPC 2.0", "Gives the sum of two numbers.", "Needs a login.", "operations in 3 services.",
	} {
		if !strings.Contains(dom, want) {
			t.Errorf("no %s in the page", want)
		}
	}
	if t.Failed() {
		t.Log(dom)
	}
}

// A link opens and fills in a form, and does no more: anybody can make one.
func TestStartPageLinkDoesNotCall(t *testing.T) {
	front := withUser(t, serve(t), `await until(form); await new Promise((r) => setTimeout(r, 200));`)
	dom := browser.Loaded(t, front+"/#example.add?[1,2]")
	if !strings.Contains(dom, `<details class="operation" data-method="example.add" open="">`) {
		t.Error("the form of example.add is not open")
	}
	if result := shown(dom); result != "" {
		t.Errorf("the link called: %q", result)
	}
}

func TestStartPageCalls(t *testing.T) {
	front := withUser(t, serve(t), `(await until(form)).querySelector("button").click();
		await until(() => form().querySelector(".result").textContent);`)
	for _, c := range []struct{ name, link, want, command string }{
		{"sum", "example.add?[1,2]", "3", "/rpc example.add 1 2"},
		{"text where a text is wanted", `example.person?["Ann"]`, `"name": "Ann"`, `/rpc example.person '"Ann"'`},
		{"any number of arguments", `example.echo?[1,{"a":true}]`, `"a": true`, `/rpc example.echo 1 '{"a":true}'`},
		{"digits beyond JavaScript's", `example.echo?[9007199254740993]`, "9007199254740993", "example.echo 9007199254740993"},
		{"text with HTML", `example.echo?["<b>x</b>"]`, `"&lt;b&gt;x&lt;/b&gt;"`, "example.echo"},
		{"failure", "example.fail?[]", "Error -32000: deliberate failure", "example.fail"},
		{"argument missing", "example.add?[1]", "Error -32602", "example.add 1"},
		{"not logged in", "secure.secret?[]", "Error -32001", "secure.secret"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dom := browser.Loaded(t, front+"/#"+url.PathEscape(c.link))
			if got := shown(dom); !strings.Contains(got, c.want) {
				t.Errorf("result: got %q, want %q in it", got, c.want)
			}
			if !strings.Contains(dom, c.command) {
				t.Errorf("the command line %q is not shown", c.command)
			}
			if t.Failed() {
				t.Log(dom)
			}
		})
	}
}

func TestStartPageCallsAsAUser(t *testing.T) {
	front := withUser(t, serve(t), `const button = (await until(form)).querySelector("button");
		document.querySelector("#user").value = "correct";
		document.querySelector("#password").value = "correct";
		button.click();
		await until(() => form().querySelector(".result").textContent);`)
	if got := shown(browser.Loaded(t, front+"/#secure.secret")); got != `"secret for you"` {
		t.Errorf("got %q, want the secret", got)
	}
}

// shown returns the HTML of the result that the page shows, "" for none.
func shown(dom string) string {
	for _, m := range regexp.MustCompile(`(?s)<pre class="result[^>]*>(.*?)</pre>`).FindAllStringSubmatch(dom, -1) {
		if m[1] != "" {
			return m[1]
		}
	}
	return ""
}
