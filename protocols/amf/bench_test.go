package amf

import (
	"context"
	"encoding/hex"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/core/value"
	"github.com/patchbay-go/patchbay/stores/memory"
)

// A sink takes replies and keeps nothing.
type sink struct {
	header http.Header
	bytes  int
}

func (s *sink) Header() http.Header                           { return s.header }
func (s *sink) Send(_ context.Context, unit []byte) error     { s.bytes += len(unit); return nil }
func (s *sink) Refuse(_ context.Context, f *core.Fault) error { return f }

// packetOf returns a packet with one body.
func packetOf(t testing.TB, version, form, target, v string) []byte {
	t.Helper()
	b := packetBuilder{t: t}
	b.add("packet", version)
	b.add("body", target+" /1 "+form+" "+v)
	return b.bytes()
}

func BenchmarkEcho(b *testing.B) {
	remoting := `[{"$class": "flex.messaging.messages.RemotingMessage", "body": ["hello"], "clientId": null, "destination": "example",
		"headers": {"DSEndpoint": "my-amf"}, "messageId": "6F0A1B2C-0000-0000-0000-000000000001", "operation": "echo", "source": null, "timeToLive": 0, "timestamp": 0}]`
	for _, c := range []struct {
		name string
		unit []byte
	}{
		{"NetConnection AMF0", packetOf(b, "0", formAMF0, "example.echo", `["hello"]`)},
		{"NetConnection AMF3", packetOf(b, "3", formEach3, "example.echo", `["hello"]`)},
		{"RemotingMessage", packetOf(b, "3", formEach3, "null", remoting)},
	} {
		b.Run(c.name, func(b *testing.B) {
			set := newTestSet(b, New(nil))
			serve(b, set, c.unit)
		})
	}
}

// An order is one of the 1,000 objects of the bench vectors.
type order struct {
	ID       int
	Name     string
	Category string
	Note     string
	Price    float64
	Quantity int
	Total    int
	Active   bool
	Created  time.Time
	Tags     []string
}

// BenchmarkOrders is a call with 72 KB of typed objects, which come back.
func BenchmarkOrders(b *testing.B) {
	classes := value.NewRegistry()
	classes.Register("com.acme.Order", order{})
	echo := core.Func(func(_ context.Context, orders []order) ([]order, error) { return orders, nil }, "orders")
	set := core.NewChannelSet(core.NewServiceMapper(core.NewService("example").Map("echo", echo)), memory.New(nil), &core.Options{Registry: classes})
	set.Map(&core.Channel{Name: "my-amf", Endpoint: New(nil)})
	orders := readFile(b, "../../wire/amf/testdata/vectors/bench/amf3-orders.amf")
	b.SetBytes(int64(len(orders)))
	serve(b, set, packetOf(b, "3", formHex, "example.echo", "0A 00000001 11"+hex.EncodeToString(orders)))
}

// BenchmarkSession is a RemotingMessage of a client with a session, which is loaded from the store.
func BenchmarkSession(b *testing.B) {
	set := newTestSet(b, New(nil))
	client, err := set.NewClient(b.Context())
	if err == nil {
		err = set.Login(b.Context(), client, core.Credentials{User: "correct", Password: "correct"}, &core.Peer{})
	}
	if err != nil {
		b.Fatal(err)
	}
	serve(b, set, packetOf(b, "3", formEach3, "null", `[{"$class": "flex.messaging.messages.RemotingMessage", "body": ["hello"], "clientId": "c",
		"destination": "example", "headers": {"DSEndpoint": "my-amf", "DSId": "`+client.ID()+`"}, "messageId": "m", "operation": "echo"}]`))
}

func serve(b *testing.B, set *core.ChannelSet, unit []byte) {
	s := &sink{header: http.Header{}}
	in := core.Inbound{Peer: core.Peer{Transport: "http", Header: http.Header{}}, Unit: unit, Reply: s}
	b.ReportAllocs()
	for b.Loop() {
		if err := set.Serve(b.Context(), "my-amf", &in); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(s.bytes)/float64(b.N), "reply-B/op")
}

// BenchmarkPoll is a poll through the endpoint: one for which there is nothing, and one that delivers messages, of which each was published
// for it alone and is not part of what is measured.
func BenchmarkPoll(b *testing.B) {
	for _, messages := range []int{0, 1, 100} {
		b.Run(fmt.Sprintf("%d messages", messages), func(b *testing.B) {
			set := addDestinations(newTestSetWith(b, New(nil), &core.Options{Now: movingClock()}))
			c := newFlexClient(b, set, "messages")
			publication := &core.Publication{Topic: core.Topic{Destination: "messages"}, TTL: time.Second,
				Headers: map[string]any{"colour": "red"}, Body: value.Members{{Name: "text", Value: "hello"}, {Name: "number", Value: 7}}}
			s := &sink{header: http.Header{}}
			in := core.Inbound{Peer: core.Peer{Transport: "http", Header: http.Header{}}, Reply: s}
			b.ReportAllocs()
			for b.Loop() {
				b.StopTimer()
				for range messages {
					if _, err := set.Publish(b.Context(), nil, publication); err != nil {
						b.Fatal(err)
					}
				}
				in.Unit = c.packet(CommandPoll, "")
				b.StartTimer()
				if err := set.Serve(b.Context(), "my-amf", &in); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(s.bytes)/float64(b.N), "reply-B/op")
		})
	}
}

// BenchmarkPublish is a message that a Flex client publishes.
func BenchmarkPublish(b *testing.B) {
	set := addDestinations(newTestSetWith(b, New(nil), &core.Options{Now: movingClock()}))
	c := newFlexClient(b, set, "messages")
	serve(b, set, packetOf(b, "3", formEach3, "null", `[{"$async": "6F0A1B2C-0000-0000-0000-000000000001", "destination": "messages", "clientId": "c",
		"body": {"text": "hello"}, "headers": {"DSEndpoint": "my-amf", "DSId": "`+c.id+`"}, "timeToLive": 1000}]`))
}
