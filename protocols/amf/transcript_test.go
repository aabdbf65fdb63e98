package amf

import (
	"bytes"
	"errors"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/core/value"
	"golang.org/x/tools/txtar"
)

// A transcript is a conversation in testdata/*.txtar: a paragraph that says why, then requests and the replies to them. Both are
// lists of entries; a line that begins with a space or a closing bracket continues the entry before it, and # begins a comment.
//
//	cookie NAME=VALUE, url TEXT, channel NAME          what the transport says of a request; set-cookie in a reply
//	packet VERSION                                     begins a packet
//	lengths N                                          the length that the packet's headers and bodies claim, in place of the true one
//	header NAME [must] VALUE
//	body TARGET RESPONSE FORM VALUE                    of a request; the FORM is one of forms
//	TARGET amf0|amf3 VALUE                             a body of a reply
//	hex BYTES                                          as they are
//	refused CODE TEXT                                  a reply that is no packet
//
// The parts of a transcript are
//
//	options WORD...                 of the endpoint, before the first request: see newPlayer
//	request, reply                  one after the other
//	request NAME, reply NAME        what is between them happens while the request waits
//	lost                            a reply that gets lost on its way
//	sleep DURATION                  time passes
//	publish DESTINATION [SUBTOPIC]  the application publishes the text below
//	send CONSUMER DESTINATION       and this it sends to the consumer alone
//	invalidate CONSUMER             the application ends a consumer's subscriptions
//
// A VALUE is JSON, in which {"$class": name, ...} is an object with a class, {"$list": [...]} an ArrayCollection (in requests),
// {"$numbered": true, ...} an array with named members, {"$date": ms} a date and "$undefined" undefined. Flex messages have a short
// form: see transcript_short_test.go. Ids that the server makes are written ID-1, UUID-1 and so on, in the order in which they are
// first seen; a request may use them then.

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

// playTranscript plays a transcript in time of its own, which begins at testNow.
func playTranscript(t *testing.T, file []byte) {
	t.Helper()
	archive := txtar.Parse(file)
	if len(bytes.TrimSpace(archive.Comment)) == 0 {
		t.Error("the transcript does not say why")
	}
	synctest.Test(t, func(t *testing.T) {
		var p *player
		for _, f := range archive.Files {
			words := append(strings.Fields(f.Name), "", "")
			if words[0] == "options" {
				p = newPlayer(t, strings.Fields(string(f.Data)))
				continue
			}
			if p == nil {
				p = newPlayer(t, nil)
			}
			p.part(words[0], words[1], words[2], string(f.Data))
		}
		if p.reply != nil || len(p.waiting) > 0 {
			t.Error("a request has no reply in the transcript")
		}
	})
}

// part plays a part of a transcript.
func (p *player) part(word, name, second, text string) {
	p.t.Helper()
	switch word {
	case "request":
		p.send(name, entries(text))
	case "reply", "lost":
		p.compare(name, text)
	case "sleep":
		time.Sleep(must(time.ParseDuration(name)))
	case "publish", "send", "invalidate":
		p.act(word, name, second, strings.TrimSpace(text))
	default:
		p.t.Fatalf("unknown part %q", word)
	}
}

// A player sends a transcript's requests to an endpoint.
type player struct {
	t       *testing.T
	set     *core.ChannelSet
	short   bool                     // replies are compared in short
	names   map[string]string        // by what the server has made
	reply   []string                 // entries of the last reply; nil: compared
	waiting map[string]chan []string // of requests that are named; they take one reply
}

func newPlayer(t *testing.T, options []string) *player {
	t.Helper()
	opts := &Options{
		Strict:          slices.Contains(options, "strict"),
		Describe:        slices.Contains(options, "describe"),
		NoSmallMessages: slices.Contains(options, "no-small-messages"),
		UseCollections:  slices.Contains(options, "use-collections"),
		UseProxies:      slices.Contains(options, "use-proxies"),
		WaitInterval:    duration(options, "wait"),
		PollWait:        duration(options, "poll-wait"),
		PollingInterval: duration(options, "polling"),
	}
	classes := value.NewRegistry()
	classes.Register("example.Person", person{})
	limits := core.Limits{}
	if slices.Contains(options, "nobody-waits") {
		limits.WaitingPolls = -1
	}
	p := &player{t: t, names: map[string]string{}, waiting: map[string]chan []string{}}
	p.set = newTestSetWith(t, New(opts), &core.Options{Registry: classes, Now: movingClock(), Limits: limits})
	if slices.Contains(options, "messaging") {
		addDestinations(p.set)
	}
	p.short = slices.Contains(options, "short")
	return p
}

// duration returns the option NAME=DURATION.
func duration(options []string, name string) time.Duration {
	for _, o := range options {
		if text, ok := strings.CutPrefix(o, name+"="); ok {
			return must(time.ParseDuration(text))
		}
	}
	return 0
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

// send sends a request. One with a name is left alone as soon as it waits.
func (p *player) send(name string, request []string) {
	p.t.Helper()
	if p.reply != nil {
		p.t.Fatalf("a request before the reply to the one before it")
	}
	channel, in := p.inbound(request)
	if name == "" {
		p.reply = p.serve(channel, in)
		return
	}
	done := make(chan []string, 1)
	p.waiting[name] = done
	go func() { done <- p.serve(channel, in) }()
	synctest.Wait()
}

// inbound returns the unit of a request, and the channel that it goes to.
func (p *player) inbound(request []string) (channel string, in *core.Inbound) {
	p.t.Helper()
	in = &core.Inbound{Peer: core.Peer{Transport: "http", Addr: "192.0.2.1:4000", Header: http.Header{}, URL: &url.URL{Path: "/amf"}}}
	for i := range request {
		request[i] = p.realIDs(request[i])
	}
	channel = "my-amf"
	in.Unit = buildPacket(p.t, request, func(word, rest string) {
		switch word {
		case "cookie":
			in.Peer.Header.Add("Cookie", rest)
		case "url":
			in.Peer.URL = must(url.Parse(rest))
		case "channel":
			channel = rest
		}
	})
	return channel, in
}

func (p *player) serve(channel string, in *core.Inbound) []string {
	r := &recorder{header: http.Header{}}
	in.Reply = r
	if err := p.set.Serve(p.t.Context(), channel, in); err != nil {
		p.t.Errorf("Serve: %v", err)
	}
	return r.entries(p.t, p.short)
}

// act does what the application does.
func (p *player) act(word, name, second, text string) {
	p.t.Helper()
	publication := &core.Publication{Topic: core.Topic{Destination: name, Subtopic: second}, Body: text}
	var err error
	switch word {
	case "publish":
		publication.MessageID = "from the server"
		_, err = p.set.Publish(p.t.Context(), nil, publication)
	case "send":
		id := p.realIDs(name)
		publication.Topic, publication.MessageID = core.Topic{Destination: second}, "for you"
		_, err = p.set.Send(p.t.Context(), p.connectionOf(id), id, publication)
	case "invalidate":
		id := p.realIDs(name)
		conn := p.connectionOf(id)
		for _, v := range conn.Subscriptions() {
			if v.ID == id {
				err = errors.Join(err, Invalidate(p.t.Context(), p.set, conn, v))
			}
		}
	}
	if err != nil {
		p.t.Fatalf("%s: %v", word, err)
	}
	synctest.Wait()
}

// connectionOf returns the connection that has a consumer.
func (p *player) connectionOf(consumer string) *core.Connection {
	p.t.Helper()
	for id := range p.names {
		_, conn, err := p.set.LoadConnection(p.t.Context(), "my-amf", id)
		if err != nil {
			p.t.Fatal(err)
		}
		if conn != nil && slices.ContainsFunc(conn.Subscriptions(), func(v core.Subscription) bool { return v.ID == consumer }) {
			return conn
		}
	}
	p.t.Fatalf("nobody has the consumer %s", consumer)
	return nil
}

// compare compares the last reply, or that to the request of that name, with what the transcript has.
func (p *player) compare(name, text string) {
	p.t.Helper()
	if name != "" {
		synctest.Wait()
		select {
		case p.reply = <-p.waiting[name]:
		default:
			p.t.Fatalf("request %s still waits", name)
		}
		delete(p.waiting, name)
	}
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
