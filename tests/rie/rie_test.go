//go:build peers

package rie

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/patchbay-go/patchbay/local/gateway"
	"github.com/patchbay-go/patchbay/local/runtime"
	"github.com/patchbay-go/patchbay/tests/servers"
)

const invocations = "/2015-03-31/functions/function/invocations"

// bootstrap builds the function.
func bootstrap(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "bootstrap")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-tags", "lambda.norpc", "-o", program, "../bootstrap").CombinedOutput(); err != nil {
		t.Fatalf("build the function: %v\n%s", err, out)
	}
	return program
}

// post hands a platform an event and returns its answer.
func post(t *testing.T, url, event string) string {
	t.Helper()
	resp, err := http.Post(url+invocations, "application/json", strings.NewReader(event))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// TestSameAnswers runs one function under both. What differs on purpose is left out of the comparison, and each such thing is named.
func TestSameAnswers(t *testing.T) {
	program := bootstrap(t)
	theirs := "http://" + servers.Run(t, servers.RIE(program)).Address
	var log bytes.Buffer
	f := runtime.New(&runtime.Options{Bootstrap: program, Timeout: 2 * time.Second, Output: &log})
	ours := httptest.NewServer(gateway.NewInvoke(f, nil))
	defer func() {
		ours.Close()
		f.Close()
		if t.Failed() {
			t.Log(log.String())
		}
	}()
	for _, row := range []struct {
		name, event string
		same        func(answer string) string // what must be the same of an answer; nil: all of it
	}{
		{name: "an event and its answer", event: `{"do":"", "text":"ü", "list":[1, 2.50]}`},
		{name: "what the function is told", event: `{"do":"tell"}`},
		{name: "4 MB", event: `{"do":"large","bytes":4000000}`},
		{name: "an error", event: `{"do":"fail"}`},
		{name: "after an error", event: `{}`},
		{name: "a panic, but for the stack, which differs by nothing that we do", event: `{"do":"panic"}`, same: withoutStack},
		{name: "after a panic", event: `{}`},
		{name: "an exit, but for the id", event: `{"do":"exit"}`, same: withoutID},
		{name: "after an exit", event: `{}`},
		{name: "too late: theirs is text where Lambda's is JSON", event: `{"do":"sleep","ms":10000}`, same: words},
		{name: "after a timeout", event: `{}`},
		{name: "an event of a front door", event: `{"rawPath":"/env/AWS_REGION","requestContext":{}}`, same: without("us-east-1")},
	} {
		t.Run(row.name, func(t *testing.T) {
			if row.same == nil {
				row.same = func(answer string) string { return answer }
			}
			got, want := row.same(post(t, ours.URL, row.event)), row.same(post(t, theirs, row.event))
			if got != want {
				t.Errorf("ours %.300s\ntheirs %.300s", got, want)
			}
		})
	}
}

// withoutStack leaves out where a panic happened.
func withoutStack(answer string) string {
	var members map[string]any
	if err := json.Unmarshal([]byte(answer), &members); err != nil {
		return answer
	}
	delete(members, "stackTrace")
	text, _ := json.Marshal(members) // it was JSON
	return string(text)
}

var id = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`)

func withoutID(answer string) string { return id.ReplaceAllString(answer, "ID") }

// words are those of a timeout.
func words(answer string) string {
	if strings.Contains(answer, "Task timed out after 2.00 seconds") {
		return "timed out"
	}
	return answer
}

// without leaves out what the environment sets, where only one of both does.
func without(text string) func(string) string {
	return func(answer string) string { return strings.ReplaceAll(answer, text, "") }
}
