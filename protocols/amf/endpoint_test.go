package amf

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/core/value"
	"github.com/patchbay-go/patchbay/stores/memory"
	wire "github.com/patchbay-go/patchbay/wire/amf"
)

// call sends one body and returns the only body of the reply, as transcripts have it.
func call(t testing.TB, set *core.ChannelSet, target, v string) string {
	t.Helper()
	r := serveUnit(t, set, packetOf(t, "3", formEach3, target, v))
	bodies := readReply(t, r.unit).bodies
	if len(bodies) != 1 {
		t.Fatalf("got %d bodies: %q", len(bodies), bodies)
	}
	return bodies[0]
}

// remoting returns a RemotingMessage with the DSId given.
func remoting(id, operation, args string) string {
	return fmt.Sprintf(`[{"$class": "flex.messaging.messages.RemotingMessage", "destination": "example", "operation": %q, "messageId": "m",
		"clientId": "c", "body": %s, "headers": {"DSId": %q}}]`, operation, args, id)
}

// A genuine id outlives what is stored under it: the client is then a new one, anonymous and empty, under the old id.
func TestExpiredSessionKeepsItsID(t *testing.T) {
	now := testNow
	clock := func() time.Time { return now }
	set := core.NewChannelSet(testServices(), memory.New(&memory.Options{Now: clock}), &core.Options{
		Now: clock, Secret: []byte("a secret for tests, 32 bytes long"),
		Authenticate: func(_ context.Context, c core.Credentials) (*core.Principal, error) {
			return &core.Principal{Name: c.User}, nil
		},
	})
	set.Map(&core.Channel{Name: "my-amf", Endpoint: New(nil)})
	client, err := set.NewClient(t.Context())
	if err == nil {
		err = set.Login(t.Context(), client, core.Credentials{User: "ann"}, &core.Peer{})
	}
	if err != nil {
		t.Fatal(err)
	}
	id := client.ID()
	if got := call(t, set, "null", remoting(id, "whoami", "[]")); !strings.Contains(got, `"body": "ann"`) {
		t.Errorf("before: got %s", got)
	}
	now = now.Add(48 * time.Hour)
	if got := call(t, set, "null", remoting(id, "whoami", "[]")); !strings.Contains(got, `"body": "nobody"`) {
		t.Errorf("after it has expired: got %s", got)
	}
	ping := fmt.Sprintf(`[{"$class": "flex.messaging.messages.CommandMessage", "operation": 5, "messageId": "m", "headers": {"DSId": %q}}]`, id)
	if got := call(t, set, "null", ping); !strings.Contains(got, `"DSId": "`+id+`"`) {
		t.Errorf("ping: got %s, want the id %s", got, id)
	}
}

// A blob writes itself, as INTEROP's example.Blob does.
type blob struct {
	Text string
	N    int32
	Any  any
}

type blobExternal struct{}

func (blobExternal) ReadExternal(in *wire.ExternalInput) {
	in.UTF("text")
	in.Int("n")
	in.Value("any")
}

func (blobExternal) WriteExternal(out *wire.ExternalOutput) {
	out.UTF("text")
	out.Int("n")
	out.Value("any")
}

func TestApplicationsExternalizable(t *testing.T) {
	classes := value.NewRegistry()
	classes.Register("example.Blob", blob{}, value.External(blobExternal{}))
	var got any
	m := core.NewServiceMapper(core.NewService("example").Map("echo", core.Func(func(_ context.Context, v any) (any, error) {
		got = v
		return v, nil
	}, "x")))
	set := core.NewChannelSet(m, memory.New(nil), &core.Options{Registry: classes})
	set.Map(&core.Channel{Name: "my-amf", Endpoint: New(nil)})
	// Externalizable, class name, then "hi", 7 and the integer 5.
	content := "0A0719" + "6578616D706C652E426C6F62" + "00026869" + "00000007" + "0405"
	unit := packetOf(t, "3", formHex, "example.echo", "11 09 03 01 "+content)
	r := serveUnitUnparsed(t, set, unit)
	if d := cmp.Diff(&blob{"hi", 7, 5.0}, got); d != "" {
		t.Errorf("argument (-want +got):\n%s", d)
	}
	if want := unhex(t, "11"+content); !bytes.HasSuffix(r.unit, want) {
		t.Errorf("result: got %x, want it to end in %x", r.unit, want)
	}
}

// serveUnitUnparsed is serveUnit for replies with classes that only the application knows.
func serveUnitUnparsed(t *testing.T, set *core.ChannelSet, unit []byte) *recorder {
	t.Helper()
	r := &recorder{header: http.Header{}}
	if err := set.Serve(t.Context(), "my-amf", &core.Inbound{Unit: unit, Reply: r}); err != nil {
		t.Fatal(err)
	}
	return r
}

// The encoder's options are seen in the class that a list or a map goes out as.
func TestEncoderOptions(t *testing.T) {
	const list, object = `[[1, 2]]`, `[{"a": 1}]`
	for _, c := range []struct {
		name string
		opts *Options
		arg  string
		want string // the class; empty: none
	}{
		{"plain list", nil, list, ""},
		{"list as collection", &Options{UseCollections: true}, list, "flex.messaging.io.ArrayCollection"},
		{"plain map", nil, object, ""},
		{"map as proxy", &Options{UseProxies: true}, object, "flex.messaging.io.ObjectProxy"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := serveUnit(t, newTestSet(t, New(c.opts)), packetOf(t, "3", formEach3, "example.echo", c.arg))
			if got := bytes.Contains(r.unit, []byte("flex.messaging.io")); got != (c.want != "") || !bytes.Contains(r.unit, []byte(c.want)) {
				t.Errorf("got %q, want class %q", r.unit, c.want)
			}
		})
	}
}

func TestLimits(t *testing.T) {
	set := newTestSet(t, New(&Options{MaxHeaders: 1, MaxBodies: 2}))
	for _, c := range []struct {
		name            string
		headers, bodies int
		refused         bool
	}{
		{"as many as there may be", 1, 2, false},
		{"one header more", 2, 1, true},
		{"one body more", 1, 3, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := packetBuilder{t: t}
			b.add("packet", "3")
			for range c.headers {
				b.add("header", "X 1")
			}
			for range c.bodies {
				b.add("body", "example.echo /1 list3 [1]")
			}
			r := serveUnit(t, set, b.bytes())
			if got := r.refused != nil; got != c.refused || got && r.refused.Code != core.TooLarge {
				t.Errorf("refused: %v, want %v", r.refused, c.refused)
			}
		})
	}
}

// An address that leaves no room for what the answer adds to it is not repeated.
func TestLongAddress(t *testing.T) {
	set := newTestSet(t, New(nil))
	b := packetBuilder{t: t}
	b.add("packet", "3")
	b.add("body", "example.echo /1 list3 [1]")
	b.add("body", "example.echo /"+strings.Repeat("1", 65534)+" list3 [1]")
	got := readReply(t, serveUnit(t, set, b.bytes()).unit).bodies
	if len(got) != 2 || !strings.HasPrefix(got[1], "/onStatus ") || !strings.Contains(got[1], "Client.Message.TooLarge") {
		t.Errorf("got %q", got)
	}
}

// A long fault's text is cut.
func TestFaultTextIsBounded(t *testing.T) {
	f := core.Failed.Errorf("%s", strings.Repeat("ä", maxFaultText))
	if got := faultText(f); len(got) > maxFaultText+4 || !strings.HasSuffix(got, "ä ...") {
		t.Errorf("got %d bytes, ending in %q", len(got), got[len(got)-10:])
	}
}

// Each Code has a faultCode, by the table of the house.
func TestFaultCodes(t *testing.T) {
	want := map[core.Code]string{
		core.Internal: "Server.Processing", core.Malformed: "Client.Packet.Encoding", core.Invalid: "Server.ResourceUnavailable",
		core.NotFound: "Server.Processing", core.Unauthenticated: "Client.Authentication", core.Denied: "Client.Authorization",
		core.Exists: "Server.Processing.Conflict", core.Conflict: "Server.Processing.Conflict", core.TooLarge: "Client.Message.TooLarge",
		core.Exhausted: "Server.Processing.Exhausted", core.Unavailable: "Server.Processing.Unavailable",
		core.Timeout: "Server.Processing.Timeout", core.Canceled: "Server.Processing.Canceled", core.Failed: "Server.Processing",
	}
	for _, c := range core.Codes() {
		if got := faultCode(&core.Fault{Code: c}); got != want[c] {
			t.Errorf("%v: got %q, want %q", c, got, want[c])
		}
	}
}

// What an application maps goes before what is there from the start.
func TestBuiltinsCanBeReplaced(t *testing.T) {
	m := testServices()
	m.MapCommand(CommandPing, core.Func0(func(context.Context) (string, error) { return "my own ping", nil }))
	m.MapHeader("credentials", core.Func(func(ctx context.Context, _ any) (struct{}, error) {
		FromCall(core.CallFrom(ctx)).Packet.Identify(&core.Principal{Name: "whoever"})
		return struct{}{}, nil
	}))
	set := core.NewChannelSet(m, memory.New(nil), nil)
	set.Map(&core.Channel{Name: "my-amf", Endpoint: New(nil)})
	ping := `[{"$class": "flex.messaging.messages.CommandMessage", "operation": 5, "messageId": "m", "body": []}]`
	if got := call(t, set, "null", ping); !strings.Contains(got, `"body": "my own ping"`) {
		t.Errorf("ping: got %s", got)
	}
	b := packetBuilder{t: t}
	b.add("packet", "3")
	b.add("header", `Credentials {"userid": "x", "password": "wrong"}`)
	b.add("body", "example.whoami /1 list3 []")
	if got := readReply(t, serveUnit(t, set, b.bytes()).unit).bodies; got[0] != `/1/onResult amf3 "whoever"` {
		t.Errorf("credentials: got %s", got)
	}
}

// A bomb panics when it is written.
type bomb struct{}

func (bomb) MarshalTokens(*value.Encoder) error { panic("boom") }

func TestPanicOfAResult(t *testing.T) {
	m := core.NewServiceMapper(core.NewService("example").
		Map("bomb", core.Func0(func(context.Context) (any, error) { return []any{1, bomb{}}, nil })).
		Map("header", core.Func0(func(ctx context.Context) (string, error) {
			FromCall(core.CallFrom(ctx)).Packet.AddReplyHeader("X", false, bomb{})
			return "fine", nil
		})))
	set := core.NewChannelSet(m, memory.New(nil), nil)
	set.Map(&core.Channel{Name: "my-amf", Endpoint: New(nil)})
	if got := call(t, set, "example.bomb", "[]"); !strings.Contains(got, `"code": "Server.Processing"`) || strings.Contains(got, "boom") {
		t.Errorf("result: got %s", got)
	}
	if got := call(t, set, "example.header", "[]"); got != `/1/onResult amf3 "fine"` {
		t.Errorf("header: got %s", got)
	}
}

// brokenStore fails as a store does that cannot be reached.
type brokenStore struct{ core.Store }

func (brokenStore) Get(context.Context, ...core.Key) ([]core.Item, error) {
	return nil, errors.New("dial tcp 10.0.0.7: connection refused")
}

// Without a store, calls without a session work and others say so, and no more.
func TestStoreUnavailable(t *testing.T) {
	whole := newTestSet(t, New(nil))
	client, err := whole.NewClient(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	set := core.NewChannelSet(testServices(), brokenStore{memory.New(nil)}, &core.Options{Secret: []byte("a secret for tests, 32 bytes long")})
	set.Map(&core.Channel{Name: "my-amf", Endpoint: New(nil)})
	if got := call(t, set, "example.add", "[1, 2]"); got != "/1/onResult amf3 3" {
		t.Errorf("without a session: got %s", got)
	}
	got := call(t, set, "null", remoting(client.ID(), "add", "[1, 2]"))
	if !strings.Contains(got, "Server.Processing.Unavailable") || strings.Contains(got, "10.0.0.7") {
		t.Errorf("with a session: got %s", got)
	}
}

// Packets that are served at once share nothing but the pool.
func TestConcurrentPackets(t *testing.T) {
	set := newTestSet(t, New(nil))
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for j := range 50 {
				want := fmt.Sprintf("%d of %d", j, i)
				r := &recorder{header: http.Header{}}
				unit := packetOf(t, "3", formEach3, "example.echo", `["`+want+`"]`)
				if err := set.Serve(t.Context(), "my-amf", &core.Inbound{Unit: unit, Reply: r}); err != nil {
					t.Error(err)
				}
				if !bytes.HasSuffix(r.unit, []byte(want)) {
					t.Errorf("got %q, want it to end in %q", r.unit, want)
				}
			}
		})
	}
	wg.Wait()
}

// Ids are UUIDs of version 4 in upper case, no two the same.
func TestIDs(t *testing.T) {
	s := (&step{endpoint: New(&Options{Random: fixedRandom()}), codec: &codec{}})
	seen := map[string]bool{}
	for range 100 {
		ids := s.newIDs()
		for _, id := range []string{ids[:idSize], ids[idSize:]} {
			if !madeUUID.MatchString(id) || id[14] != '4' || !strings.ContainsRune("89AB", rune(id[19])) || seen[id] {
				t.Errorf("got %q", id)
			}
			seen[id] = true
		}
	}
	if again := (&step{endpoint: New(&Options{Random: fixedRandom()}), codec: &codec{}}); !seen[again.newIDs()[:idSize]] {
		t.Error("the ids are not made of Options.Random")
	}
}

func TestActionScriptTypes(t *testing.T) {
	for _, c := range []struct {
		v    any
		want string
	}{
		{true, "Boolean"}, {int32(1), "int"}, {uint16(1), "uint"}, {1, "Number"}, {1.5, "Number"}, {"", "String"}, {[]byte{}, "ByteArray"},
		{[]string{}, "Array"}, {[2]int{}, "Array"}, {map[string]int{}, "Object"}, {person{}, "Object"}, {&person{}, "Object"},
		{time.Time{}, "Date"}, {func() {}, "*"},
	} {
		if got := actionScriptType(reflect.TypeOf(c.v)); got != c.want {
			t.Errorf("%T: got %q, want %q", c.v, got, c.want)
		}
	}
	if got := actionScriptType(reflect.TypeFor[any]()); got != "*" {
		t.Errorf("any: got %q", got)
	}
}

// A channel that is full refuses those who connect, and still serves calls.
func TestFullChannel(t *testing.T) {
	set := core.NewChannelSet(testServices(), memory.New(nil), nil)
	set.Map(&core.Channel{Name: "my-amf", Endpoint: New(nil), MaxConnections: 1})
	ping := `[{"$class": "flex.messaging.messages.CommandMessage", "operation": 5, "messageId": "m", "headers": {"DSId": "nil"}}]`
	if got := call(t, set, "null", ping); !strings.HasPrefix(got, "/1/onResult ") {
		t.Errorf("first: got %s", got)
	}
	if got := call(t, set, "null", ping); !strings.Contains(got, `"faultCode": "Server.Processing.Exhausted"`) {
		t.Errorf("second: got %s", got)
	}
	if got := call(t, set, "example.add", "[1, 2]"); got != "/1/onResult amf3 3" {
		t.Errorf("call: got %s", got)
	}
}

func TestFromCallOfAnotherProtocol(t *testing.T) {
	if got := FromCall(&core.Call{}); got != nil {
		t.Errorf("got %v", got)
	}
}
