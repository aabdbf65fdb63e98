//go:build peers

package peers

import (
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/patchbay-go/patchbay/tests/browser"
)

// Where the start page shows what these tests look at: the form that is open, and its outcome.
const (
	openForm = ".operation[open]"
	outcome  = openForm + " .result"
	command  = openForm + " .command code"
	button   = openForm + " button"
)

func TestStartPageListsServices(t *testing.T) {
	page := browser.Start(t).Open(t, serve(t))
	page.WaitFor(".operation")
	html := page.HTML()
	for _, want := range []string{
		`data-method="example.add"`, `data-method="ExampleService.echo"`, `data-method="secure.secret"`, "(key, value)",
		"/amf</code>", "AMF0, AMF3", "JSON-RPC 2.0", "Gives the sum of two numbers.", "Needs a login.", "operations in 4 services.",
	} {
		if !strings.Contains(html, want) {
			t.Errorf("no %s in the page", want)
		}
	}
}

// A link opens and fills in a form, and does no more: anybody can make one.
func TestStartPageLinkDoesNotCall(t *testing.T) {
	page := browser.Start(t).Open(t, serve(t)+"/#example.add?[1,2]")
	page.WaitFor(openForm)
	if got := page.Values(openForm + " textarea"); !slices.Equal(got, []string{"1", "2"}) {
		t.Errorf("the form is filled in with %q", got)
	}
	time.Sleep(200 * time.Millisecond) // long enough for a call, if there were one
	if got := page.Text(outcome); got != "" {
		t.Errorf("the link called: %q", got)
	}
}

func TestStartPageCalls(t *testing.T) {
	chromium, server := browser.Start(t), serve(t)
	for _, c := range []struct{ name, link, want, command string }{
		{"sum", "example.add?[1,2]", "3", "/rpc example.add 1 2"},
		{"text where a text is wanted", `example.person?["Ann"]`, `"name": "Ann"`, `/rpc example.person '"Ann"'`},
		{"any number of arguments", `example.echo?[1,{"a":true}]`, `"a": true`, `/rpc example.echo 1 '{"a":true}'`},
		{"digits beyond JavaScript's", `example.echo?[9007199254740993]`, "9007199254740993", "example.echo 9007199254740993"},
		{"text with HTML", `example.echo?["<b>x</b>"]`, `"<b>x</b>"`, "example.echo"},
		{"failure", "example.fail?[]", "Error -32000: deliberate failure", "example.fail"},
		{"argument missing", "example.add?[1]", "Error -32602", "example.add 1"},
		{"not logged in", "secure.secret?[]", "Error -32001", "secure.secret"},
	} {
		t.Run(c.name, func(t *testing.T) {
			page := chromium.Open(t, server+"/#"+url.PathEscape(c.link))
			page.Click(button)
			page.WaitText(outcome)
			if got := page.Text(outcome); !strings.Contains(got, c.want) {
				t.Errorf("result: got %q, want %q in it", got, c.want)
			}
			if got := page.Text(command); !strings.Contains(got, c.command) {
				t.Errorf("command line: got %q, want %q in it", got, c.command)
			}
		})
	}
}

func TestStartPageCallsAsAUser(t *testing.T) {
	page := browser.Start(t).Open(t, serve(t)+"/#secure.secret")
	page.Click("#sign-in summary")
	page.Type("#user", "correct")
	page.Type("#password", "correct")
	page.Click(button)
	page.WaitText(outcome)
	if got := page.Text(outcome); got != `"secret for you"` {
		t.Errorf("got %q, want the secret", got)
	}
}

// What a person types goes into the call, and Enter sends it.
func TestStartPageTakesWhatIsTyped(t *testing.T) {
	page := browser.Start(t).Open(t, serve(t)+"/#example.person")
	page.Press(openForm+" textarea", "Zoë\r")
	page.WaitText(outcome)
	if got := page.Text(outcome); !strings.Contains(got, `"name": "Zoë"`) {
		t.Errorf("got %q, want the person", got)
	}
}

// A topic that is open shows what is published, and only while it is.
func TestStartPageWatchesATopic(t *testing.T) {
	server := serve(t)
	page := browser.Start(t).Open(t, server)
	const topic = `.topic[data-topic="chat"]`
	page.Click(topic + " summary")
	page.Wait(`document.querySelector('` + topic + ` .watching').textContent.startsWith("Connected")`)
	say(t, server, map[string]string{"from": "Ann", "text": "<b>Hello</b>"})
	page.WaitText(topic + " .result")
	if got := page.Text(topic + " .result"); !strings.Contains(got, `{"from":"Ann","text":"<b>Hello</b>"}`) {
		t.Errorf("got %q, want what was published", got)
	}
	if got := page.Text(topic + " .command code"); got != "patchbay subscribe "+server+"/events chat" {
		t.Errorf("command line: got %q", got)
	}
}
