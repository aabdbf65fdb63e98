package sse

import (
	"net/http"
	"net/url"
	"os"
	"regexp"
	"testing"
	"testing/synctest"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/protocols/jsonrpc"
)

var (
	docStream  = regexp.MustCompile("```sh\ncurl -sN '([^']*)'\n```\n\n```text\n((?s:.*?)\n)```")
	docPublish = regexp.MustCompile(`-d '(.*)'`)
	messageID  = regexp.MustCompile(`"id":"[0-9A-F-]{36}"`)
)

// TestDocs plays the commands of docs/events.md: a stream, and a message that is published while it is open.
func TestDocs(t *testing.T) {
	page, err := os.ReadFile("../../docs/events.md")
	if err != nil {
		t.Fatal(err)
	}
	shown, published := docStream.FindStringSubmatch(string(page)), docPublish.FindSubmatch(page)
	if shown == nil || published == nil {
		t.Fatal("the page does not show a stream and a publish")
	}
	address, err := url.Parse(shown[1])
	if err != nil {
		t.Fatal(err)
	}
	want := timestamps.ReplaceAllString(idLine.ReplaceAllString(shown[2], "id: ID"), `"timestamp":0`) + "\n"
	synctest.Test(t, func(t *testing.T) {
		st := newStudio(t)
		st.set.AddDestination(&core.Destination{Name: "chat"})
		st.set.Map(&core.Channel{Name: "rpc", Endpoint: jsonrpc.New(nil)})
		w := st.watch(address.RawQuery, nil)
		w.want(t, beginning)
		answer := &tap{once: once{header: http.Header{}}, units: make(chan string, 1)}
		if err := st.set.Serve(t.Context(), "rpc", &core.Inbound{Unit: published[1], Reply: answer}); err != nil {
			t.Fatal(err)
		}
		got := beginning + timestamps.ReplaceAllString(idLine.ReplaceAllString(<-w.units, "id: ID"), `"timestamp":0`)
		if got, want := messageID.ReplaceAllString(got, "ID"), messageID.ReplaceAllString(want, "ID"); got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
		if err := w.stop(); err != nil {
			t.Error(err)
		}
	})
}
