package lambda

import (
	"context"
	"fmt"

	"github.com/go-json-experiment/json/jsontext"
)

// scheduled is the detail-type of what a schedule of EventBridge sends by itself.
const scheduled = "Scheduled Event"

// serveBus takes an event of EventBridge. A schedule's sweeps, unless there is a Source for it. One that fails fails the invocation, and
// then it comes again.
func (a *App) serveBus(ctx context.Context, e *event) ([]byte, error) {
	r := &Record{Raw: e.raw, Attributes: map[string]string{}}
	err := members(e.raw, func(name []byte, v jsontext.Value) error {
		switch string(name) {
		case "id":
			r.ID = text(v)
		case "source":
			r.Attributes["source"] = text(v)
		case "detail-type":
			r.Attributes["detail-type"] = text(v)
		case "detail":
			r.Body = v
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read an event of EventBridge: %w", err)
	}
	kind := r.Attributes["detail-type"]
	r.From = "events:" + kind
	if kind == scheduled && r.Attributes["source"] == "aws.events" && !a.names(r.From) {
		return a.sweep(ctx)
	}
	return a.takeAll(ctx, []*Record{r})
}

// names reports whether there is a Source of that name.
func (a *App) names(from string) bool {
	to := a.route(&Record{From: from})
	return to != nil && to.From == from
}

// sweep ends what has expired, and takes up what a function left behind that was killed. What it could not do the next one does.
func (a *App) sweep(ctx context.Context) ([]byte, error) {
	if err := a.set.Sweep(ctx); err != nil {
		return nil, fmt.Errorf("sweep: %w", err)
	}
	return nothing, nil
}
