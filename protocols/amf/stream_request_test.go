package amf

import (
	"net/url"
	"strings"
	"testing"

	"github.com/patchbay-go/patchbay/core"
)

// streamRequests are what clients send, and what they might: query, form, and what is read, "" for what is refused.
var streamRequests = []struct{ name, query, form, want string }{
	{"Flex opens", "command=open&version=1", "DSId=abc", "open abc "},
	{"Flex closes", "command=close&streamId=F00D&version=1", "DSId=abc", "close abc F00D"},
	{"all in the URL", "command=close&DSId=abc&streamId=s", "", "close abc s"},
	{"all in the form but the command", "command=close", "streamId=s&DSId=abc", "close abc s"},
	{"the URL goes before the form", "command=open&DSId=url", "DSId=form&command=close", "open url "},
	{"the first goes before the second", "command=open&command=close", "DSId=a&DSId=b", "open a "},
	{"behind what AppendToGatewayUrl has added", "patchbay=xyz?command=open&version=1", "DSId=abc", "open abc "},
	{"behind a session of Java's", ";jsessionid=1?command=open", "DSId=abc", "open abc "},
	{"a later version", "command=open&version=2", "DSId=abc", "open abc "},
	{"escaped", "command=op%65n", "DSId=a%2Bb+c", "open a+b c "},
	{"parameters that nobody knows", "command=open&x&=&y=%zz", "DSId=abc&&more=", "open abc "},
	{"a name that only ends with it", "mycommand=open", "DSId=abc", ""},
	{"no id", "command=open", "", ""},
	{"no command", "command=", "DSId=abc", ""},
	{"another command", "command=Open", "DSId=abc", ""},
	{"a bad escape", "command=open", "DSId=%2", ""},
	{"too long", "command=open", "DSId=abc&x=" + strings.Repeat("x", maxStreamForm), ""},
	{"bytes of a packet", "command=open", "\x00\x03\x00\x00\x00\x01", ""},
}

func TestStreamRequests(t *testing.T) {
	for _, c := range streamRequests {
		if got := streamRequestText(t, c.query, []byte(c.form)); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
	for _, query := range []string{"command=open", "command", "x&command=", "patchbay=abc?command=open"} {
		if !isStreamRequest(&url.URL{RawQuery: query}) {
			t.Errorf("%s asks for a stream", query)
		}
	}
	for _, u := range []*url.URL{nil, {Path: "/amf"}, {RawQuery: "patchbay=abc"}, {Path: "/command=open"}, {RawQuery: "mycommand=open&x=command="}} {
		if isStreamRequest(u) {
			t.Errorf("%v asks for no stream", u)
		}
	}
}

// streamRequestText returns what is read of a request.
func streamRequestText(t *testing.T, query string, form []byte) string {
	t.Helper()
	r, err := readStreamRequest(&url.URL{RawQuery: query}, form)
	if err == nil {
		return r.command + " " + r.client + " " + r.stream
	}
	if f := core.AsFault(err); f.Code != core.Malformed || f.Message == "" || len(f.Message) > maxFaultText {
		t.Errorf("%q %q: got %v", query, form, err)
	}
	return ""
}

// Nothing but open and close with an id passes, and what passes has nothing in it that was not sent.
func FuzzStreamForm(f *testing.F) {
	for _, c := range streamRequests {
		f.Add(c.query, []byte(c.form))
	}
	f.Fuzz(func(t *testing.T, query string, form []byte) {
		got := streamRequestText(t, query, form)
		if got == "" {
			return
		}
		command, rest, _ := strings.Cut(got, " ")
		if command != commandOpen && command != commandClose || rest == " " || len(got) > len(query)+len(form) {
			t.Errorf("%q %q: got %q", query, form, got)
		}
		if again := streamRequestText(t, url.Values{"command": {command}}.Encode()+"&"+query, form); again != got {
			t.Errorf("%q %q: got %q, then %q", query, form, got, again)
		}
	})
}
