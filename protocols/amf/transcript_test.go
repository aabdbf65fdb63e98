package amf

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/core/value"
	wire "github.com/patchbay-go/patchbay/wire/amf"
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
// A VALUE is JSON, in which {"$class": ...} is an object with a class, {"$list": ...} an ArrayCollection, {"$date": ms} a date and
// "$undefined" undefined. Ids that the server makes are written ID-1, UUID-1 and so on, in the order in which they are first seen;
// a request may use them then.

// The forms of a request's value.
const (
	formEach3 = "each3" // a strict array whose items are AMF3, as Flash sends it
	formList3 = "list3" // an AMF3 array, as Royale and BlazeDS's AMFConnection send it
	formLone3 = "lone3" // an AMF3 value alone
	formAMF0  = "amf0"  // an AMF0 value: a strict array, or something alone
	formHex   = "hex"   // bytes
)

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
	w := packetBuilder{t: p.t}
	for _, entry := range request {
		entry = p.realIDs(entry)
		word, rest, _ := strings.Cut(entry, " ")
		switch word {
		case "cookie":
			in.Peer.Header.Add("Cookie", rest)
		case "url":
			in.Peer.URL = must(url.Parse(rest))
		default:
			w.add(word, rest)
		}
	}
	in.Unit = w.bytes()
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

// A packetBuilder writes a request.
type packetBuilder struct {
	t              testing.TB
	version        string
	claimed        uint32
	claims         bool
	headers, bodys int
	head, rest     bytes.Buffer
	raw            []byte
}

func (b *packetBuilder) add(word, rest string) {
	b.t.Helper()
	switch word {
	case "packet":
		b.version = rest
	case "lengths":
		b.claimed, b.claims = uint32(must(strconv.ParseUint(rest, 10, 32))), true
	case "header":
		name, rest, _ := strings.Cut(rest, " ")
		text, mustUnderstand := strings.CutPrefix(rest, "must ")
		b.headers++
		putUTF(&b.head, name)
		b.head.WriteByte(map[bool]byte{true: 1}[mustUnderstand])
		b.sized(&b.head, encodeForm(b.t, formAMF0, text))
	case "body":
		f := strings.SplitN(rest, " ", 4)
		if len(f) < 4 {
			b.t.Fatalf("body %s: target, response, form and value are needed", rest)
		}
		b.bodys++
		putUTF(&b.rest, strings.Trim(f[0], `"`))
		putUTF(&b.rest, strings.Trim(f[1], `"`))
		b.sized(&b.rest, encodeForm(b.t, f[2], f[3]))
	case "hex":
		b.raw = append(b.raw, unhex(b.t, rest)...)
	case "text":
		b.raw = append(b.raw, rest...)
	default:
		b.t.Fatalf("unknown entry %q", word)
	}
}

func (b *packetBuilder) sized(w *bytes.Buffer, v []byte) {
	n := uint32(len(v))
	if b.claims {
		n = b.claimed
	}
	w.Write([]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)})
	w.Write(v)
}

func (b *packetBuilder) bytes() []byte {
	if b.version == "" {
		return b.raw
	}
	unit := []byte{0, byte(must(strconv.Atoi(b.version)))}
	unit = append(unit, 0, byte(b.headers))
	unit = append(unit, b.head.Bytes()...)
	unit = append(unit, 0, byte(b.bodys))
	unit = append(unit, b.rest.Bytes()...)
	return append(unit, b.raw...)
}

func putUTF(w *bytes.Buffer, s string) {
	w.Write([]byte{byte(len(s) >> 8), byte(len(s))})
	w.WriteString(s)
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.Join(strings.Fields(s), ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// encodeForm encodes the value of a header or body.
func encodeForm(t testing.TB, form, text string) []byte {
	t.Helper()
	if form == formHex {
		return unhex(t, text)
	}
	v := parseValue(t, text)
	w := wire.NewWriter(nil)
	encode := func(v any) {
		if err := value.NewEncoder(w, nil, value.Limits{}).Encode(v); err != nil {
			t.Fatal(err)
		}
	}
	switch list, _ := v.([]any); form {
	case formList3, formLone3:
		w.BehindMarker()
		encode(v)
	case formAMF0:
		encode(v)
	case formEach3:
		w.Byte(0x0A)
		w.Uint32(uint32(len(list)))
		for _, item := range list {
			w.NewTables()
			w.BehindMarker()
			encode(item)
		}
	default:
		t.Fatalf("unknown form %q", form)
	}
	return w.Bytes()
}

// parseValue reads JSON, keeping the order of members.
func parseValue(t testing.TB, text string) any {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	v, err := readJSON(d)
	if err == nil {
		if _, more := d.Token(); more != io.EOF {
			err = fmt.Errorf("text behind the value")
		}
	}
	if err != nil {
		t.Fatalf("value %s: %v", text, err)
	}
	return v
}

func readJSON(d *json.Decoder) (any, error) {
	token, err := d.Token()
	switch token {
	case json.Delim('['):
		list := []any{}
		for d.More() {
			v, err := readJSON(d)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		_, err := d.Token()
		return list, err
	case json.Delim('{'):
		members := value.Members{}
		for d.More() {
			name, err := d.Token()
			if err != nil {
				return nil, err
			}
			v, err := readJSON(d)
			if err != nil {
				return nil, err
			}
			members = append(members, value.Member{Name: name.(string), Value: v})
		}
		_, err := d.Token()
		return special(members), err
	case "$undefined":
		return value.Undefined, err
	}
	return token, err
}

// special returns what an object in a transcript stands for.
func special(m value.Members) any {
	if len(m) == 0 {
		return m
	}
	switch v := m[0].Value; m[0].Name {
	case "$class":
		return &value.Object{Class: v.(string), Members: m[1:], Sealed: len(m) - 1}
	case "$date":
		return time.UnixMilli(int64(v.(float64))).UTC()
	case "$numbered": // an ECMA array
		return &value.Array{Assoc: m[1:]}
	}
	return m
}

// describe writes a value as a transcript has it.
func describe(v any) string {
	switch v := v.(type) {
	case []any:
		items := make([]string, len(v))
		for i, x := range v {
			items[i] = describe(x)
		}
		return "[" + strings.Join(items, ", ") + "]"
	case value.Members:
		return "{" + describeMembers(v) + "}"
	case *value.Object:
		class := `{"$class": ` + describe(v.Class)
		if len(v.Members) > 0 {
			class += ", "
		}
		return class + describeMembers(v.Members) + "}"
	case map[string]any:
		var m value.Members
		for name, x := range v {
			m = append(m, value.Member{Name: name, Value: x})
		}
		return describe(m)
	case time.Time:
		return fmt.Sprintf(`{"$date": %d}`, v.UnixMilli())
	case *value.Array:
		return `{"$numbered": true, ` + describeMembers(v.Assoc) + "}"
	}
	if v == any(value.Undefined) {
		return `"$undefined"`
	}
	return string(must(json.Marshal(v)))
}

// describeMembers writes members by name: their order means nothing.
func describeMembers(m value.Members) string {
	m = slices.Clone(m)
	slices.SortFunc(m, func(a, b value.Member) int { return strings.Compare(a.Name, b.Name) })
	items := make([]string, len(m))
	for i, x := range m {
		items[i] = describe(x.Name) + ": " + describe(x.Value)
	}
	return strings.Join(items, ", ")
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// A recorder takes a reply.
type recorder struct {
	header  http.Header
	unit    []byte
	sent    bool
	refused *core.Fault
	took    time.Duration
}

func (r *recorder) Header() http.Header { return r.header }

func (r *recorder) Send(_ context.Context, unit []byte) error {
	r.unit, r.sent = append(r.unit, unit...), true
	return nil
}

func (r *recorder) Refuse(_ context.Context, f *core.Fault) error {
	r.refused = f
	return nil
}

// entries writes the reply as a transcript has it.
func (r *recorder) entries(t *testing.T) []string {
	t.Helper()
	if r.refused != nil {
		return []string{"refused " + r.refused.Code.String() + " " + r.refused.Message}
	}
	if !r.sent {
		t.Fatal("neither sent nor refused")
	}
	p := readReply(t, r.unit)
	list := []string{"packet " + strconv.Itoa(p.version)}
	for _, c := range (&http.Response{Header: r.header}).Cookies() {
		list = append(list, fmt.Sprintf("set-cookie %s=%s; HttpOnly=%v", c.Name, c.Value, c.HttpOnly))
	}
	for _, h := range p.headers {
		list = append(list, "header "+h)
	}
	return append(list, p.bodies...)
}

// A replyPacket is a reply that has been read, with true lengths.
type replyPacket struct {
	version         int
	headers, bodies []string
}

// readReply reads a reply and checks that its lengths are true.
func readReply(t testing.TB, unit []byte) replyPacket {
	t.Helper()
	r := wire.NewReader(unit, nil)
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("reply %x: %v", unit, err)
		}
	}
	number := func() int {
		t.Helper()
		n, err := r.Uint16("a number")
		check(err)
		return int(n)
	}
	text := func() string {
		t.Helper()
		s, err := r.UTF("a text")
		check(err)
		return s
	}
	sized := func() string {
		t.Helper()
		n, err := r.Uint32("a length")
		check(err)
		start := r.Offset()
		r.NewTables()
		var v any
		check(value.NewDecoder(r, transcriptClasses(), value.Limits{}).Bind(&v))
		if got := r.Offset() - start; got != int(n) {
			t.Errorf("a length of %d is given as %d", got, n)
		}
		form := "amf0 "
		if unit[start] == 0x11 {
			form = "amf3 "
		}
		return form + describe(v)
	}
	p := replyPacket{version: number()}
	for range number() {
		name := text()
		must, err := r.Byte("a flag")
		check(err)
		if must != 0 {
			name += " must"
		}
		p.headers = append(p.headers, name+" "+strings.TrimPrefix(sized(), "amf0 "))
	}
	for range number() {
		target := text()
		if response := text(); response != "" {
			t.Errorf("response of a reply is %q", response)
		}
		p.bodies = append(p.bodies, target+" "+sized())
	}
	if r.Offset() != len(unit) {
		t.Errorf("%d bytes behind the reply", len(unit)-r.Offset())
	}
	return p
}

// transcriptClasses knows no class, so that all objects are shown with theirs.
func transcriptClasses() *value.Registry { return value.NewRegistry() }
