package jsonrpc

import (
	"context"
	"time"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/core/value"
)

type pollParams struct {
	Connection string  `patchbay:"connection"`
	Ack        string  `patchbay:"ack,omitempty"`
	Wait       float64 `patchbay:"wait,omitempty"` // milliseconds
}

// A pollResult is what rpc.discover tells of the answer. The messages themselves are written already.
type pollResult struct {
	Batch    *string   `patchbay:"batch"` // null where there are no messages
	Messages []message `patchbay:"messages"`

	texts [][]byte // of the messages
}

// A message is what package jsonmessage writes.
type message struct {
	ID          string         `patchbay:"id"`
	Destination string         `patchbay:"destination"`
	Subtopic    *string        `patchbay:"subtopic"`
	Body        value.Packed   `patchbay:"body"`
	Headers     map[string]any `patchbay:"headers"`
	Timestamp   int64          `patchbay:"timestamp"`
}

// poll answers with the next batch. A batch of which nothing can be JSON is confirmed at once: it would come again for ever.
func (e *Endpoint) poll(ctx context.Context, _ *core.Call, o *origin, p pollParams) (*pollResult, error) {
	if o.own != nil && p.Connection == o.own.id() {
		return nil, core.Invalid.Errorf("What a WebSocket has subscribed to comes by itself: there is nothing to poll.")
	}
	wait, err := milliseconds("wait", p.Wait)
	if err != nil {
		return nil, err
	}
	conn, err := o.connection(ctx, p.Connection)
	if err != nil {
		return nil, err
	}
	end := time.Now().Add(min(wait, e.opts.MaxWait))
	ack := p.Ack
	for {
		batch, err := o.set.Poll(ctx, conn, &core.PollRequest{Explicit: true, Ack: ack, Received: o.received, Wait: time.Until(end)})
		if err != nil {
			return nil, err
		}
		r := &pollResult{texts: e.render(ctx, o.set, batch.Deliveries)}
		switch {
		case len(r.texts) > 0:
			r.Batch = &batch.ID
			return r, nil
		case len(batch.Deliveries) == 0:
			return r, nil
		}
		ack = batch.ID
	}
}

// render writes what was delivered, but for what cannot be JSON.
func (e *Endpoint) render(ctx context.Context, set *core.ChannelSet, deliveries []core.Delivery) [][]byte {
	var texts [][]byte
	for i := range deliveries {
		if text := e.renderOne(ctx, set, &deliveries[i]); text != nil {
			texts = append(texts, text)
		}
	}
	return texts
}

// renderOne writes a message; nil: it cannot be JSON, and is left out with a line in the log.
func (e *Endpoint) renderOne(ctx context.Context, set *core.ChannelSet, d *core.Delivery) []byte {
	text, err := e.messages.Render(set, d)
	if err != nil {
		set.Logger().WarnContext(ctx, "message left out", "protocol", "jsonrpc", "message", d.Message.ID,
			"destination", d.Message.Destination, "error", err)
		return nil
	}
	return text
}

// appendTo writes the result.
func (r *pollResult) appendTo(b []byte) []byte {
	b = append(b, `{"batch":`...)
	if r.Batch == nil {
		b = append(b, "null"...)
	} else {
		b = append(b, '"')
		b = append(b, *r.Batch...) // core's, of letters and digits
		b = append(b, '"')
	}
	b = append(b, `,"messages":[`...)
	for i, text := range r.texts {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, text...)
	}
	return append(b, "]}"...)
}
