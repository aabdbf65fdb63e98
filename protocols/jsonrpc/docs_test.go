package jsonrpc

import (
	"context"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/core/value"
)

var (
	docExample = regexp.MustCompile("(?s)```sh\n(curl.*?)```(?:\n\n```json\n(.*?)\n```)?")
	docBody    = regexp.MustCompile(`(?s)-d '(.*)'`)
	docUser    = regexp.MustCompile(`-u (\w+):(\w+)`)
	docJar     = regexp.MustCompile(`-b jar`)
	docTalk    = regexp.MustCompile("(?s)```text\n(.*?)```")
)

// A docReader follows a page: what its answers show by example stands for what really came.
type docReader struct {
	shown, came names
}

// compare compares an answer with the one that is shown, but for what differs from run to run.
func (r *docReader) compare(t *testing.T, asked, got, shown string) {
	t.Helper()
	if want, got := r.shown.takeOut(shown), r.came.takeOut(got); got != want {
		t.Errorf("%s\n got %s\nwant %s", asked, got, want)
	}
}

// request returns what is to be sent in place of what the page shows.
func (r *docReader) request(text string) string {
	for name, shown := range r.shown {
		text = strings.ReplaceAll(text, shown, r.came[name])
	}
	return text
}

func readPage(t *testing.T) string {
	t.Helper()
	page, err := os.ReadFile("../../docs/jsonrpc.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(page)
}

// TestDocs plays the commands of docs/jsonrpc.md and compares the answers that stand below them.
func TestDocs(t *testing.T) {
	set, jar := newSet(t, nil, value.Limits{}), ""
	reader := docReader{names{}, names{}}
	examples := docExample.FindAllStringSubmatch(readPage(t), -1)
	if len(examples) < 16 {
		t.Fatalf("found %d commands, want more", len(examples))
	}
	for _, example := range examples {
		command, want := example[1], example[2]
		body := docBody.FindStringSubmatch(command)
		if body == nil {
			t.Errorf("a command without a body: %s", command)
			continue
		}
		r := &http.Request{Header: http.Header{}}
		if user := docUser.FindStringSubmatch(command); user != nil {
			r.SetBasicAuth(user[1], user[2])
		}
		if docJar.MatchString(command) && jar != "" {
			r.Header.Set("Cookie", jar)
		}
		got, header := post(t, set, r.Header, reader.request(body[1]))
		if c := sessionCookie(t, header); c != nil {
			jar = c.Name + "=" + c.Value
		}
		if !strings.Contains(command, "rpc.discover") {
			reader.compare(t, command, got, want)
		}
	}
}

// TestDocsTalk plays the talk over a WebSocket that docs/jsonrpc.md shows.
func TestDocsTalk(t *testing.T) {
	talk := docTalk.FindStringSubmatch(readPage(t))
	if talk == nil {
		t.Fatal("the page shows no talk")
	}
	set := newSet(t, nil, value.Limits{})
	socket, end := newTestSocket(t)
	defer end()
	reader := docReader{names{}, names{}}
	for line := range strings.Lines(talk[1]) {
		sent, isSent := strings.CutPrefix(strings.TrimSpace(line), "> ")
		if !isSent {
			reader.compare(t, "the talk", socket.hear(), strings.TrimPrefix(strings.TrimSpace(line), "< "))
			continue
		}
		in := &core.Inbound{Socket: socket, Unit: []byte(reader.request(sent)), Reply: &reply{header: http.Header{}}}
		if err := set.Serve(context.WithoutCancel(t.Context()), "rpc", in); err != nil {
			t.Fatal(err)
		}
	}
}
