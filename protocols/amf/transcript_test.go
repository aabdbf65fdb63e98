package amf

import (
	"bytes"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/patchbay-go/patchbay/core"
	"golang.org/x/tools/txtar"
)

// A transcript is a conversation in testdata/*.txtar: a paragraph that says why, then requests and the replies to them. Both are
// lists of entries; a line that begins with a space or a closing bracket continues the entry before it, and # begins a comment.
//
//	options strict describe no-small-messages          of the endpoint; before the first request
//	cookie NAME=VALUE, url TEXT                        what the transport says of a request; set-cookie in a reply
//	packet VERSION                                     begins a packet
//	lengths N                                          the length that the packet's headers and bodies claim, in place of the true one
//	header NAME [must] VALUE
//	body TARGET RESPONSE FORM VALUE                    of a request; the FORM is one of forms
//	TARGET amf0|amf3 VALUE                             a body of a reply
//	hex BYTES                                          as they are
//	refused CODE TEXT                                  a reply that is no packet
//
// A VALUE is JSON, in which {"$class": name, ...} is an object with a class, {"$list": [...]} an ArrayCollection (in requests),
// {"$numbered": true, ...} an array with named members, {"$date": ms} a date and "$undefined" undefined. Ids that the server makes are written ID-1, UUID-1 and so on, in the order in which they are first seen;
// a request may use them then.

func TestTranscripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no transcripts: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			playTranscript(t, readFile(t, file))
		})
	}
}

func readFile(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func playTranscript(t *testing.T, file []byte) {
	t.Helper()
	archive := txtar.Parse(file)
	if len(bytes.TrimSpace(archive.Comment)) == 0 {
		t.Error("the transcript does not say why")
	}
	var p *player
	for _, f := range archive.Files {
		switch f.Name {
		case "options":
			p = newPlayer(t, strings.Fields(string(f.Data)))
		case "request":
			if p == nil {
				p = newPlayer(t, nil)
			}
			p.send(entries(string(f.Data)))
		case "reply":
			p.compare(string(f.Data))
		default:
			t.Fatalf("unknown part %q", f.Name)
		}
	}
	if p.reply != nil {
		t.Error("the last request has no reply in the transcript")
	}
}

// A player sends a transcript's requests to an endpoint.
type player struct {
	t     *testing.T
	set   *core.ChannelSet
	names map[string]string // by what the server has made
	reply []string          // entries of the last reply; nil: compared
}

func newPlayer(t *testing.T, options []string) *player {
	t.Helper()
	opts := &Options{
		Strict:          slices.Contains(options, "strict"),
		Describe:        slices.Contains(options, "describe"),
		NoSmallMessages: slices.Contains(options, "no-small-messages"),
		UseCollections:  slices.Contains(options, "use-collections"),
		UseProxies:      slices.Contains(options, "use-proxies"),
	}
	return &player{t: t, set: newTestSet(t, New(opts)), names: map[string]string{}}
}

// entries joins lines with those that continue them.
func entries(text string) (list []string) {
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		switch {
		case strings.TrimSpace(line) == "" || strings.HasPrefix(line, "#"):
		case strings.ContainsAny(line[:1], " \t}]"):
			list[len(list)-1] += " " + strings.TrimSpace(line)
		default:
			list = append(list, line)
		}
	}
	return list
}

func (p *player) send(request []string) {
	p.t.Helper()
	if p.reply != nil {
		p.t.Fatalf("a request before the reply to the one before it")
	}
	in := &core.Inbound{Peer: core.Peer{Transport: "http", Addr: "192.0.2.1:4000", Header: http.Header{}, URL: &url.URL{Path: "/amf"}}}
	for i := range request {
		request[i] = p.realIDs(request[i])
	}
	in.Unit = buildPacket(p.t, request, func(word, rest string) {
		if word == "cookie" {
			in.Peer.Header.Add("Cookie", rest)
		} else {
			in.Peer.URL = must(url.Parse(rest))
		}
	})
	r := &recorder{header: http.Header{}}
	in.Reply = r
	if err := p.set.Serve(p.t.Context(), "my-amf", in); err != nil {
		p.t.Fatalf("Serve: %v", err)
	}
	p.reply = r.entries(p.t)
}

// compare compares the last reply with what the transcript has.
func (p *player) compare(text string) {
	p.t.Helper()
	var want []string
	for _, entry := range entries(text) {
		want = append(want, normal(p.t, entry))
	}
	var got []string
	for _, entry := range p.reply {
		got = append(got, p.nameIDs(entry))
	}
	if d := cmp.Diff(want, got); d != "" {
		p.t.Errorf("reply (-want +got):\n%s", d)
	}
	p.reply = nil
}

var (
	word     = regexp.MustCompile(`[A-Za-z0-9_-]+`)
	madeUUID = regexp.MustCompile(`^[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}$`)
	namedID  = regexp.MustCompile(`\b(ID|UUID)-[0-9]+\b`)
	wordsEnd = regexp.MustCompile(`^(packet|refused|set-cookie)\b`)
)

// sessionIDSize is the length of ids that core mints.
const sessionIDSize = 43

// nameIDs puts names in the place of ids.
func (p *player) nameIDs(entry string) string {
	return word.ReplaceAllStringFunc(entry, func(id string) string {
		kind := "ID"
		if madeUUID.MatchString(id) {
			kind = "UUID"
		} else if len(id) != sessionIDSize {
			return id
		}
		if p.names[id] == "" {
			n := 1
			for _, name := range p.names {
				if strings.HasPrefix(name, kind) {
					n++
				}
			}
			p.names[id] = kind + "-" + strconv.Itoa(n)
		}
		return p.names[id]
	})
}

// realIDs does the reverse.
func (p *player) realIDs(entry string) string {
	return namedID.ReplaceAllStringFunc(entry, func(name string) string {
		for id, n := range p.names {
			if n == name {
				return id
			}
		}
		return name
	})
}

// normal writes the value of an expected entry as a reply's is written.
func normal(t *testing.T, entry string) string {
	t.Helper()
	if wordsEnd.MatchString(entry) {
		return entry
	}
	at := strings.IndexAny(entry, `{["`)
	if at < 0 {
		return entry
	}
	return entry[:at] + describe(parseValue(t, entry[at:]))
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
