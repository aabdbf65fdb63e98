package jsonrpc

import (
	"bufio"
	"net/http"
	"net/textproto"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/patchbay-go/patchbay/core/value"
)

// TestTranscripts plays the conversations in testdata. Each begins with a paragraph that says why it is there; then come, in order:
//
//	-- request ... --   one unit; what stands behind the word is for people
//	-- header --        before a request: its HTTP headers. COOKIE stands for the cookie that was sent last
//	-- reply --         all that comes back, spaces aside; empty: nothing (HTTP 204)
//	-- cookie --        the last reply has set a session cookie; its attributes
//	-- no cookie --     the last reply has set none
//
// What differs from run to run stands there by its name: the last CONNECTION, SUBSCRIPTION and BATCH, and the ID of a message that its
// publisher has not chosen. Timestamps are 0.
func TestTranscripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("transcripts: got %d, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if len(archive.Comment) == 0 {
				t.Error("the transcript does not say why it is there")
			}
			play(t, archive)
		})
	}
}

func play(t *testing.T, archive *txtar.Archive) {
	t.Helper()
	set := newSet(t, nil, value.Limits{})
	var header, got http.Header
	var request, reply, cookie string
	names := names{}
	for _, f := range archive.Files {
		data := strings.TrimSpace(string(f.Data))
		switch kind, _, _ := strings.Cut(f.Name, " "); kind {
		case "header":
			header = readHeader(t, strings.ReplaceAll(data, "COOKIE", cookie))
		case "request":
			request = names.putIn(data)
			reply, got = post(t, set, header, request)
			reply = names.takeOut(reply)
			header = nil
			if c := sessionCookie(t, got); c != nil {
				cookie = c.Name + "=" + c.Value
			}
		case "reply":
			if diff := cmp.Diff(lines(t, data), lines(t, reply)); diff != "" {
				t.Errorf("to %s\ngot %s\ndifference (-want +got):\n%s", request, reply, diff)
			}
		case "cookie":
			c := sessionCookie(t, got)
			if c == nil || attributes(c.Raw) != data {
				t.Errorf("to %s: got cookie %v, want attributes %s", request, c, data)
			}
		case "no":
			if c := sessionCookie(t, got); c != nil {
				t.Errorf("to %s: got cookie %v, want none", request, c)
			}
		default:
			t.Fatalf("section %q", f.Name)
		}
	}
}

// names stand for what differs from run to run.
type names map[string]string

var (
	namedMember = regexp.MustCompile(`"(connection|subscription|batch|cursor)":"([^"]+)"`)
	messageID   = regexp.MustCompile(`"[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}"`)
	timestamp   = regexp.MustCompile(`"timestamp":\d{13}`)
)

// takeOut puts names in the place of what they stand for.
func (n names) takeOut(reply string) string {
	reply = namedMember.ReplaceAllStringFunc(reply, func(member string) string {
		m := namedMember.FindStringSubmatch(member)
		name := strings.ToUpper(m[1])
		n[name] = m[2]
		return `"` + m[1] + `":"` + name + `"`
	})
	reply = messageID.ReplaceAllString(reply, `"ID"`)
	return timestamp.ReplaceAllString(reply, `"timestamp":0`)
}

// putIn puts what names stand for in their place.
func (n names) putIn(request string) string {
	for name, text := range n {
		request = strings.ReplaceAll(request, `"`+name+`"`, `"`+text+`"`)
	}
	return request
}

// lines returns JSON with a line for each value, and empty text as it is.
func lines(t *testing.T, text string) string {
	t.Helper()
	if text == "" {
		return ""
	}
	v := jsontext.Value(text)
	if err := v.Indent(); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return string(v)
}

func readHeader(t *testing.T, text string) http.Header {
	t.Helper()
	h, err := textproto.NewReader(bufio.NewReader(strings.NewReader(text + "\n\n"))).ReadMIMEHeader()
	if err != nil {
		t.Fatalf("header %s: %v", text, err)
	}
	return http.Header(h)
}

func sessionCookie(t *testing.T, h http.Header) *http.Cookie {
	t.Helper()
	cookies := (&http.Response{Header: h}).Cookies()
	if len(cookies) > 1 {
		t.Errorf("got %d cookies, want at most one", len(cookies))
	}
	if len(cookies) == 0 {
		return nil
	}
	return cookies[0]
}

// attributes cuts off name and value, which differ from run to run.
func attributes(raw string) string {
	_, rest, _ := strings.Cut(raw, "; ")
	return rest
}
