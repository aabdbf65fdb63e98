package sse

import (
	"net/url"

	"github.com/patchbay-go/patchbay/core"
)

// subscriptionID names the one subscription of a stream.
const subscriptionID = "events"

// readRequest returns what a peer asks for.
func readRequest(peer *core.Peer) (*core.SubscribeRequest, error) {
	if peer.URL == nil {
		return nil, core.Malformed.Errorf("There is no URL that says what is wanted.")
	}
	query, err := url.ParseQuery(peer.URL.RawQuery)
	if err != nil {
		return nil, core.Malformed.Errorf("The query of the URL cannot be read.").WithCause(err)
	}
	r := &core.SubscribeRequest{Replay: core.ReplayNone}
	r.ID = subscriptionID
	for _, p := range []struct {
		name string
		to   *string
	}{
		{"topic", &r.Topic.Destination}, {"subtopic", &r.Topic.Subtopic}, {"selector", &r.Selector}, {"lastEventId", &r.After},
	} {
		if len(query[p.name]) > 1 {
			return nil, core.Invalid.Errorf("%q stands more than once in the query.", p.name)
		}
		*p.to = query.Get(p.name)
	}
	if r.Topic.Destination == "" {
		return nil, core.Invalid.Errorf(`The query does not say of which "topic" events are wanted.`)
	}
	if last := peer.Header.Get("Last-Event-ID"); last != "" {
		r.After = last // of a stream that has gone on since its URL was made
	}
	return r, nil
}
