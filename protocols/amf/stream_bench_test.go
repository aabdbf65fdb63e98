package amf

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/patchbay-go/patchbay/core"
)

// A countingReply is a Streamer that keeps nothing, and tells of each frame that comes behind the first.
type countingReply struct {
	sink
	opened bool
	got    *sync.WaitGroup
}

func (r *countingReply) Stream(context.Context) error { return nil }

func (r *countingReply) Send(_ context.Context, unit []byte) error {
	switch {
	case len(unit) == 1: // a heartbeat
	case !r.opened:
		r.opened = true
		r.got.Done()
	default:
		r.bytes += len(unit)
		r.got.Done()
	}
	return nil
}

// BenchmarkStreams measures one publish to 200 streams, until the last has sent it.
func BenchmarkStreams(b *testing.B) {
	const streams = 200
	for _, c := range []struct {
		name string
		body any
	}{
		{"small body", "hello"},
		{"1,000 members", largeBody()},
	} {
		for _, version := range []string{"0", "1"} {
			b.Run(c.name+", small messages "+version, func(b *testing.B) {
				h := newStreamHouse(b, nil, &core.Destination{Name: "news"})
				ctx, cancel := context.WithCancel(b.Context())
				var got, running sync.WaitGroup
				got.Add(streams)
				for i := range streams {
					id := h.ping(version)
					h.subscribe(id, "6F0A1B2C-0000-0000-0000-"+strconv.Itoa(100_000_000_000+i), "news", "")
					in := &core.Inbound{Unit: []byte("DSId=" + id), Reply: &countingReply{sink: sink{header: http.Header{}}, got: &got},
						Peer: core.Peer{URL: &url.URL{Path: "/amf", RawQuery: "command=open"}}}
					running.Go(func() { _ = h.set.Serve(ctx, "my-amf", in) })
				}
				got.Wait()
				b.ReportAllocs()
				for b.Loop() {
					got.Add(streams)
					h.say("news", c.body)
					got.Wait()
				}
				b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/streams, "µs/stream")
				cancel()
				running.Wait()
			})
		}
	}
}

func largeBody() any {
	body := map[string]any{}
	for i := range 1000 {
		body["member"+strconv.Itoa(i)] = strings.Repeat("x", i%100)
	}
	return body
}
