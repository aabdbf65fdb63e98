//go:build peers

package peers

import (
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/patchbay-go/patchbay/tests/browser"
	"github.com/patchbay-go/patchbay/tests/process"
)

const (
	said  = "#log .what" // the texts in the chat
	atEnd = "log.scrollHeight - log.scrollTop - log.clientHeight < 40"
)

// joined is when a page gets what is published from then on.
func joined(page *browser.Page) {
	page.Wait(`document.querySelector("#status").dataset.state === "connected"`)
}

func waitSaid(page *browser.Page, n int) {
	page.Wait(fmt.Sprintf("document.querySelectorAll(%q).length >= %d", said, n))
}

// say publishes to the chat as any HTTP client does.
func say(t *testing.T, server string, body any) {
	t.Helper()
	request, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": 1, "method": "patchbay.publish", "params": map[string]any{"destination": "chat", "body": body}})
	if err != nil {
		t.Fatal(err)
	}
	client := http.Client{Timeout: time.Minute}
	response, err := client.Post(server+"/rpc", "application/json", strings.NewReader(string(request)))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var answer struct{ Error any }
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil || answer.Error != nil {
		t.Fatalf("publish: %v, %v", err, answer.Error)
	}
}

func numbered(from, to int) []string {
	var texts []string
	for i := from; i <= to; i++ {
		texts = append(texts, fmt.Sprintf("message %d", i))
	}
	return texts
}

func sayAll(t *testing.T, server string, texts []string) {
	t.Helper()
	for _, text := range texts {
		say(t, server, map[string]string{"from": "Ann", "text": text})
	}
}

func TestChatPagesSeeEachOther(t *testing.T) {
	server := serve(t)
	chromium := browser.Start(t)
	ann, bob := chromium.Open(t, server+"/chat"), chromium.Open(t, server+"/chat")
	joined(ann)
	joined(bob)
	ann.Type("#from", "Ann")
	ann.Press("#text", "Hello, Bob!\r")
	waitSaid(bob, 1)
	bob.Type("#from", "Bob")
	bob.Type("#text", "Grüße, 世界 😀")
	bob.Click("#send")
	for name, page := range map[string]*browser.Page{"Ann": ann, "Bob": bob} {
		waitSaid(page, 2)
		if diff := cmp.Diff([]string{"Hello, Bob!", "Grüße, 世界 😀"}, page.Texts(said)); diff != "" {
			t.Errorf("what %s sees (-want +got):\n%s", name, diff)
		}
		if diff := cmp.Diff([]string{"Ann", "Bob"}, page.Texts("#log .who")); diff != "" {
			t.Errorf("who %s sees (-want +got):\n%s", name, diff)
		}
		if got := page.Texts("#log .own .who"); !slices.Equal(got, []string{name}) {
			t.Errorf("%s's own messages are those of %q", name, got)
		}
		page.Wait(`document.querySelector("#text").value === ""`)
	}
}

// Everybody can publish anything to the topic.
func TestChatPageShowsWhatIsPublished(t *testing.T) {
	server := serve(t)
	page := browser.Start(t).Open(t, server+"/chat")
	joined(page)
	html := `<img src=x onerror="document.title='broken'"><b>bold</b>`
	long := strings.Repeat("long", 5000)
	for i, c := range []struct {
		body      any
		who, what string
	}{
		{map[string]string{"from": "Ann", "text": "one\ntwo"}, "Ann", "one\ntwo"},
		{map[string]string{"from": html, "text": html}, html, html},
		{map[string]string{"user": "Flash", "msg": "AmFast's form"}, "Flash", "AmFast's form"},
		{"a text alone", "Anonymous", "a text alone"},
		{[]any{1, nil}, "Anonymous", "[1,null]"},
		{nil, "Anonymous", "null"},
		{map[string]any{"from": []int{1}, "text": map[string]int{"a": 1}}, "Anonymous", `{"from":[1],"text":{"a":1}}`},
		{map[string]string{"from": long, "text": long}, long, long},
	} {
		say(t, server, c.body)
		waitSaid(page, i+1)
		if who, what := page.Texts("#log .who")[i], page.Texts(said)[i]; who != c.who || what != c.what {
			t.Errorf("%v: got %.100q by %.100q", c.body, what, who)
		}
	}
	if got := page.Texts("#log b, #log img"); len(got) != 0 {
		t.Errorf("published HTML has become elements: %q", got)
	}
	page.Wait("document.documentElement.scrollWidth <= innerWidth && log.scrollWidth <= log.clientWidth") // long words break
}

func TestChatPageKeepsUpWithMany(t *testing.T) {
	server := serve(t)
	page := browser.Start(t).Open(t, server+"/chat")
	joined(page)
	sayAll(t, server, numbered(1, 600))
	page.Wait(`document.querySelector("#log li:last-child .what").textContent === "message 600"`)
	if diff := cmp.Diff(numbered(101, 600), page.Texts(said)); diff != "" {
		t.Errorf("the last 500 messages (-want +got):\n%s", diff)
	}
	page.Wait(atEnd)

	// Who reads what was said before is left alone.
	page.Wait("log.scrollTop = 0, true")
	page.Wait("log.scrollTop === 0")
	sayAll(t, server, []string{"newer"})
	page.Wait(`!document.querySelector("#newer").hidden && log.scrollTop < 40`)
	page.Click("#newer")
	page.Wait(atEnd + ` && document.querySelector("#newer").hidden`)
}

// A lost connection loses nothing that is still in the log, and shows nothing twice.
func TestChatPageResumes(t *testing.T) {
	for _, c := range []struct{ name, answer string }{
		{"cut", ""},
		{"refused on the way", "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := serve(t)
			network, url := newCutter(t, strings.TrimPrefix(server, "http://"))
			page := browser.Start(t).Open(t, url+"/chat")
			joined(page)
			sayAll(t, server, numbered(1, 3))
			waitSaid(page, 3)

			network.cut(c.answer)
			page.Wait(`document.querySelector("#status").dataset.state === "lost"`)
			page.Press("#text", "typed meanwhile\r")
			page.WaitText("#problem")
			if c.answer != "" {
				network.waitRefused(t, "/events") // now the browser has given up, and the page has not
			}
			sayAll(t, server, numbered(4, 50)) // they live for 30 s
			network.mend()
			waitSaid(page, 50)

			network.cut(c.answer) // and soon again, amid what comes
			sayAll(t, server, numbered(51, 60))
			network.mend()
			sayAll(t, server, numbered(61, 70))
			waitSaid(page, 70)
			page.Click("#send")
			waitSaid(page, 71)
			if diff := cmp.Diff(append(numbered(1, 70), "typed meanwhile"), page.Texts(said)); diff != "" {
				t.Errorf("what was said (-want +got):\n%s", diff)
			}
			page.Wait(`document.querySelector("#problem").textContent === "" && document.querySelector("#text").value === ""`)
		})
	}
}

// The memory store forgets with its process; the page goes on with what comes then.
func TestChatPageOutlivesTheServer(t *testing.T) {
	for name, signal := range map[string]syscall.Signal{"ended": syscall.SIGTERM, "killed": syscall.SIGKILL} {
		t.Run(name, func(t *testing.T) {
			first := process.Run(t, patchbay, "serve", "--http", "127.0.0.1:0")
			address := first.Ready["http"]
			page := browser.Start(t).Open(t, "http://"+address+"/chat")
			joined(page)
			sayAll(t, "http://"+address, []string{"before"})
			waitSaid(page, 1)
			if err := syscall.Kill(first.PID(), signal); err != nil {
				t.Fatal(err)
			}
			_ = first.Stop() // waits
			page.Wait(`document.querySelector("#status").dataset.state === "lost"`)

			process.Run(t, patchbay, "serve", "--http", address)
			joined(page)
			sayAll(t, "http://"+address, []string{"after"})
			waitSaid(page, 2)
			if diff := cmp.Diff([]string{"before", "after"}, page.Texts(said)); diff != "" {
				t.Errorf("what was said (-want +got):\n%s", diff)
			}
		})
	}
}

// How the page looks is for people to judge: go test -artifacts keeps the pictures. Here it fits into its window.
func TestChatPageFits(t *testing.T) {
	server := serve(t)
	page := browser.Start(t).Open(t, server+"/chat")
	joined(page)
	pictures(t, page, "empty")
	for _, m := range []struct{ from, text string }{
		{"Ann", "Good morning! Does anybody know where the agenda for Thursday went?"},
		{"Bob", "It is in the shared folder, under “meetings”.\nThe second item has moved to next week."},
		{"", "A name is not asked for."},
		{"Grüße", "世界 😀 " + strings.Repeat("https://example.com/a/very/long/address/", 6)},
		{"<b>x</b>", "<script>alert(1)</script>"},
	} {
		say(t, server, map[string]string{"from": m.from, "text": m.text})
	}
	say(t, server, []any{1, "two", nil})
	page.Type("#from", "Zoë")
	page.Press("#text", "Thank you.\r")
	waitSaid(page, 7)
	pictures(t, page, "busy")
}

// pictures looks at the page as it is on a desk and in a hand.
func pictures(t *testing.T, page *browser.Page, name string) {
	t.Helper()
	for device, size := range map[string][2]int64{"desk": {1280, 900}, "phone": {390, 800}} {
		page.Resize(size[0], size[1])
		page.Wait("document.documentElement.scrollWidth <= innerWidth && document.documentElement.scrollHeight <= innerHeight && " + atEnd)
		page.Screenshot(filepath.Join(t.ArtifactDir(), name+"-"+device+".png"))
	}
}
