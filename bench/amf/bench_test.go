package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var payload = []string{
	"../../wire/amf/testdata/vectors/bench/amf3-orders.amf",
	"../../wire/amf/testdata/vectors/bench/packet-orders.amf",
}

// Both directions agree with each other, and the orders in the packet are those of the list.
func TestOursRoundTrip(t *testing.T) {
	o, err := newOurs(payload[0], payload[1])
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(o.orders, o.reply.Body); diff != "" {
		t.Errorf("orders of the packet (-list +packet):\n%s", diff)
	}
	want := o.orders
	if err := o.encode(); err != nil {
		t.Fatal(err)
	}
	o.value = append([]byte(nil), o.writer.Bytes()...)
	got, err := o.decode()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("orders after a round trip (-want +got):\n%s", diff)
	}
}

func TestServeCodec(t *testing.T) {
	for _, row := range []struct{ name, request, failure string }{
		{"decode", "decode\t1", ""},
		{"packet out", "packet out\t1", ""},
		{"unknown measure", "dance\t1", "no measure named dance"},
		{"no time", "decode", "has no tab"},
		{"no number", "decode\tsoon", "soon"},
	} {
		t.Run(row.name, func(t *testing.T) {
			var out strings.Builder
			if err := serveCodec(payload, strings.NewReader(row.request+"\n"), &out); err != nil {
				t.Fatal(err)
			}
			var got measurement
			if err := json.Unmarshal([]byte(out.String()), &got); err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(got.Failure, row.failure) || (row.failure == "") != (got.Passes > 0) {
				t.Errorf("got %+v, want failure %q", got, row.failure)
			}
		})
	}
}

func TestCount(t *testing.T) {
	for _, row := range []struct {
		name, out string
		want      tally
		fails     bool
	}{
		{"good", "Running 1s test\n{\"requests\": 1200, \"bytes\": 2400, \"errors\": 0}\n", tally{Requests: 1200, Bytes: 2400}, false},
		{"errors", "{\"requests\": 1200, \"errors\": 3}\n", tally{Requests: 1200, Errors: 3}, true},
		{"nothing answered", "{\"requests\": 0, \"errors\": 0}\n", tally{}, true},
		{"no summary", "unable to connect", tally{}, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, err := count([]byte(row.out))
			if got != row.want || (err != nil) != row.fails {
				t.Errorf("got %+v, %v; want %+v, failure %t", got, err, row.want, row.fails)
			}
		})
	}
}

func TestSummary(t *testing.T) {
	got := summary([]measurement{
		{Passes: 2, CPU: 6e6, Process: 8e6},
		{Passes: 1, CPU: 1e6, Process: 1e6},
		{Passes: 1, CPU: 2e6},
	})
	want := codecResult{Best: 1, Median: 2, Whole: 2}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
