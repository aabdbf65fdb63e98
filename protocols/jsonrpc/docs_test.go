package jsonrpc

import (
	"net/http"
	"os"
	"regexp"
	"testing"

	"github.com/patchbay-go/patchbay/core/value"
)

var (
	docExample = regexp.MustCompile("(?s)```sh\n(.*?)```(?:\n\n```json\n(.*?)\n```)?")
	docBody    = regexp.MustCompile(`(?s)-d '(.*)'`)
	docUser    = regexp.MustCompile(`-u (\w+):(\w+)`)
	docJar     = regexp.MustCompile(`-b jar`)
)

// TestDocs plays the commands of docs/jsonrpc.md and compares the answers that stand below them.
func TestDocs(t *testing.T) {
	page, err := os.ReadFile("../../docs/jsonrpc.md")
	if err != nil {
		t.Fatal(err)
	}
	set, jar := newSet(t, nil, value.Limits{}), ""
	examples := docExample.FindAllSubmatch(page, -1)
	if len(examples) < 10 {
		t.Fatalf("found %d commands, want more", len(examples))
	}
	for _, example := range examples {
		command, want := string(example[1]), string(example[2])
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
		got, header := post(t, set, r.Header, body[1])
		if c := sessionCookie(t, header); c != nil {
			jar = c.Name + "=" + c.Value
		}
		if got != want && !regexp.MustCompile(`rpc\.discover`).MatchString(command) {
			t.Errorf("%s\n got %s\nwant %s", command, got, want)
		}
	}
}
