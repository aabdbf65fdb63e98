package lambda_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/patchbay-go/patchbay/adapters/lambda"
	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/core/value"
	"github.com/patchbay-go/patchbay/stores/memory"
)

// newsSet returns a set with destinations "news" and "other".
func newsSet(t testing.TB) *core.ChannelSet {
	t.Helper()
	return newSet(t).AddDestination(&core.Destination{Name: "news"}).AddDestination(&core.Destination{Name: "other"})
}

// A published is what stands in a log of one message.
type published struct {
	ID      string
	Subs    []string
	Body    any
	Headers map[string]any
}

// log returns what stands in a destination's log and was not returned before.
func log(t testing.TB, set *core.ChannelSet, destination string) []published {
	t.Helper()
	var all []published
	err := set.Follow(t.Context(), &core.Follower{
		Name: "look", Destination: destination, Replay: true,
		Deliver: func(_ context.Context, _ int, messages []*core.Message) error {
			for _, m := range messages {
				p := published{ID: m.ID, Subs: m.Subtopics, Headers: m.Headers}
				if err := m.Body.Bind(&p.Body, nil, value.Limits{}); err != nil {
					return err
				}
				all = append(all, p)
			}
			return nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// What each source delivers is published once, with its id and its attributes, however often it comes.
func TestRecordsArePublished(t *testing.T) {
	n := func(i float64) map[string]any { return map[string]any{"n": i} }
	kind := map[string]any{"kind": "new"}
	for _, c := range []struct {
		event, from, answer string
		want                []published
	}{
		{"sqs", "sqs:orders", `{"batchItemFailures":[]}`, []published{
			{ID: "m-1", Body: n(1), Headers: map[string]any{"kind": "new", "raw": "AAE="}}, {ID: "m-2", Body: n(2)}, {ID: "m-3", Body: n(3)},
		}},
		{"sqs-fifo", "sqs:orders.fifo", `{"batchItemFailures":[]}`, []published{
			{ID: "f-1", Body: n(1)}, {ID: "f-2", Body: n(2)}, {ID: "f-3", Body: n(3)}, {ID: "f-4", Body: n(4)},
		}},
		{"sns", "sns:alerts", `null`, []published{{ID: "n-1", Body: n(1), Headers: kind}}},
		{"sns-in-sqs", "sns:alerts", `{"batchItemFailures":[]}`, []published{{ID: "n-1", Body: n(1), Headers: kind}}},
		{"sns-in-sqs", "sqs:orders", `{"batchItemFailures":[]}`, []published{{ID: "n-1", Body: n(1), Headers: kind}}},
		{"sns-in-sqs", "", `{"batchItemFailures":[]}`, []published{{ID: "n-1", Body: n(1), Headers: kind}}},
		{"eventbridge", "events:order placed", `null`, []published{{ID: "e-1", Body: n(1), Headers: map[string]any{"source": "shop", "detail-type": "order placed"}}}},
		{"rabbitmq", "rmq:orders", `null`, []published{{ID: "orders:://r-1", Body: n(1), Headers: map[string]any{"kind": "new", "count": "10", "flag": "true"}}}},
	} {
		t.Run(c.event+" from "+c.from, func(t *testing.T) {
			set := newsSet(t)
			app := lambda.New(set, &lambda.Options{Sources: []lambda.Source{{From: c.from, Destination: "news", Subtopic: "in"}}})
			for range 3 {
				b, err := app.Invoke(t.Context(), load(t, c.event))
				if err != nil || string(b) != c.answer {
					t.Fatalf("got %s, %v; want %s", b, err, c.answer)
				}
			}
			for i := range c.want {
				c.want[i].Subs = []string{"in"}
			}
			if diff := cmp.Diff(c.want, log(t, set, "news")); diff != "" {
				t.Errorf("published (-want +got):\n%s", diff)
			}
		})
	}
}

// The most exact Source gets a record: a topic's before a queue's, and a name before all the rest.
func TestWhichSource(t *testing.T) {
	got := ""
	note := func(name string) lambda.Source {
		return lambda.Source{From: name, Handle: func(context.Context, *lambda.Record) error { got = name + "!"; return nil }}
	}
	for _, c := range []struct {
		event string
		names []string
		want  string
	}{
		{"sns-in-sqs", []string{"", "sqs:orders", "sns:alerts"}, "sns:alerts!"},
		{"sns-in-sqs", []string{"sqs:orders", ""}, "sqs:orders!"},
		{"sns", []string{"sqs:orders", ""}, "!"},
		{"schedule", []string{"events:Scheduled Event"}, "events:Scheduled Event!"},
		{"schedule", []string{""}, ""}, // it sweeps
	} {
		got = ""
		var sources []lambda.Source
		for _, name := range c.names {
			sources = append(sources, note(name))
		}
		app := lambda.New(newsSet(t), &lambda.Options{Sources: sources})
		if _, err := app.Invoke(t.Context(), load(t, c.event)); err != nil || got != c.want {
			t.Errorf("%s, %q: got %q, %v; want %q", c.event, c.names, got, err, c.want)
		}
	}
}

// A record that fails is reported, and others are not; in a FIFO group what stands behind it is, untouched.
func TestPartialFailures(t *testing.T) {
	for _, c := range []struct {
		event string
		fails []string
		tried []string
		want  string
	}{
		{"sqs", nil, []string{"m-1", "m-2", "m-3"}, `{"batchItemFailures":[]}`},
		{"sqs", []string{"m-2"}, []string{"m-1", "m-2", "m-3"}, `{"batchItemFailures":[{"itemIdentifier":"m-2"}]}`},
		{"sqs", []string{"m-1", "m-3"}, []string{"m-1", "m-2", "m-3"}, `{"batchItemFailures":[{"itemIdentifier":"m-1"},{"itemIdentifier":"m-3"}]}`},
		{"sqs-fifo", []string{"f-1"}, []string{"f-1", "f-2", "f-4"}, `{"batchItemFailures":[{"itemIdentifier":"f-1"},{"itemIdentifier":"f-3"}]}`},
		{"sqs-fifo", []string{"f-4"}, []string{"f-1", "f-2", "f-3", "f-4"}, `{"batchItemFailures":[{"itemIdentifier":"f-4"}]}`},
		{"sns-in-sqs", []string{"n-1"}, []string{"n-1"}, `{"batchItemFailures":[{"itemIdentifier":"m-1"}]}`},
	} {
		var tried []string
		handle := func(_ context.Context, r *lambda.Record) error {
			tried = append(tried, r.ID)
			switch {
			case !slices.Contains(c.fails, r.ID):
				return nil
			case r.ID == "m-3":
				panic("on purpose")
			}
			return errors.New("on purpose")
		}
		app := lambda.New(newsSet(t), &lambda.Options{Logger: slog.New(slog.DiscardHandler), Sources: []lambda.Source{{Handle: handle}}})
		b, err := app.Invoke(t.Context(), load(t, c.event))
		if err != nil || string(b) != c.want || !cmp.Equal(tried, c.tried) {
			t.Errorf("%s, %q: got %s, %v after %q; want %s after %q", c.event, c.fails, b, err, tried, c.want, c.tried)
		}
	}
}

// What will never be taken fails as well: the queue's redrive policy, or the function's, decides what becomes of it.
func TestRecordsThatCannotBeTaken(t *testing.T) {
	for _, c := range []struct {
		event, from string
		failed      string // in the answer; empty: the invocation fails
	}{
		{"sqs", "sqs:others", "m-1"},
		{"sns", "sqs:others", ""},
		{"eventbridge", "events:others", ""},
		{"rabbitmq", "rmq:others", ""},
	} {
		app := lambda.New(newsSet(t), &lambda.Options{Sources: []lambda.Source{{From: c.from, Destination: "news"}}})
		b, err := app.Invoke(t.Context(), load(t, c.event))
		if (err != nil) != (c.failed == "") || !strings.Contains(string(b), c.failed) {
			t.Errorf("%s: got %s, %v", c.event, b, err)
		}
	}
	set := newsSet(t)
	app := lambda.New(set, &lambda.Options{Sources: []lambda.Source{{Destination: "news"}}})
	event := edited(t, "sqs", func(e map[string]any) { e["Records"].([]any)[1].(map[string]any)["body"] = "no JSON" })
	b, err := app.Invoke(t.Context(), event)
	if err != nil || string(b) != `{"batchItemFailures":[{"itemIdentifier":"m-2"}]}` || len(log(t, set, "news")) != 2 {
		t.Errorf("poison: got %s, %v", b, err)
	}
}

// A body that is no JSON is published as it is where the Source says so.
func TestRecordsAsTheyAre(t *testing.T) {
	set := newsSet(t)
	app := lambda.New(set, &lambda.Options{Sources: []lambda.Source{{Destination: "news", AsIs: true}}})
	event := edited(t, "sns", func(e map[string]any) {
		e["Records"].([]any)[0].(map[string]any)["Sns"].(map[string]any)["Message"] = "no {JSON"
	})
	if _, err := app.Invoke(t.Context(), event); err != nil {
		t.Fatal(err)
	}
	if got := log(t, set, "news"); len(got) != 1 || got[0].Body != "no {JSON" {
		t.Errorf("got %v", got)
	}
}

// A message of another deployment's crosses whole, to the destination that it names if it may; one of our own that comes back is dropped.
func TestBridgedMessages(t *testing.T) {
	const document = `{"patchbay":1,"id":"D-1","destination":"other","subtopics":["a"],"body":"hi","headers":{"n":1},"timestamp":1,"via":["there"]}`
	body := func(text string) []byte {
		return edited(t, "sqs", func(e map[string]any) {
			record := e["Records"].([]any)[0].(map[string]any)
			record["body"] = text
			e["Records"] = []any{record}
		})
	}
	set := newsSet(t)
	app := lambda.New(set, &lambda.Options{Origin: "here", Sources: []lambda.Source{{Destination: "news", Destinations: []string{"other"}}}})
	for range 2 {
		if b, err := app.Invoke(t.Context(), body(document)); err != nil || string(b) != `{"batchItemFailures":[]}` {
			t.Fatalf("got %s, %v", b, err)
		}
	}
	want := []published{{ID: "D-1", Subs: []string{"a"}, Body: "hi", Headers: map[string]any{"n": 1.0, core.ViaHeader: "there"}}}
	if diff := cmp.Diff(want, log(t, set, "other")); diff != "" {
		t.Errorf("published (-want +got):\n%s", diff)
	}
	if b, err := app.Invoke(t.Context(), body(strings.Replace(document, `["there"]`, `["here"]`, 1))); err != nil || string(b) != `{"batchItemFailures":[]}` {
		t.Fatalf("got %s, %v", b, err)
	}
	if more := append(log(t, set, "other"), log(t, set, "news")...); len(more) != 0 {
		t.Errorf("published %v of what came back", more)
	}
}

// When the time is over, what was not begun is reported rather than lost.
func TestRecordsOutOfTime(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	slow := func(ctx context.Context, _ *lambda.Record) error {
		<-ctx.Done()
		return ctx.Err()
	}
	app := lambda.New(newsSet(t), &lambda.Options{Logger: slog.New(slog.DiscardHandler), Sources: []lambda.Source{{Handle: slow}}})
	b, err := app.Invoke(ctx, load(t, "sqs"))
	if err != nil || strings.Count(string(b), "itemIdentifier") != 3 || ctx.Err() != nil {
		t.Errorf("got %s, %v; in time: %v", b, err, ctx.Err() == nil)
	}
}

// A schedule sweeps, by either of its forms.
func TestSweep(t *testing.T) {
	for _, event := range []string{string(load(t, "schedule")), `{"patchbay":"sweep"}`} {
		store := &brokenStore{Store: memory.New(nil)}
		app := lambda.New(core.NewChannelSet(core.NewServiceMapper(), store, nil), nil)
		if b, err := app.Invoke(t.Context(), []byte(event)); err != nil || string(b) != "null" || store.gets == 0 {
			t.Errorf("%.40s: got %s, %v after %d reads", event, b, err, store.gets)
		}
		store.err = errors.New("on purpose")
		if _, err := app.Invoke(t.Context(), []byte(event)); err == nil {
			t.Error("a sweep that failed is no error")
		}
	}
}

// A brokenStore counts what is got, and fails with err.
type brokenStore struct {
	core.Store
	gets int
	err  error
}

func (s *brokenStore) Get(ctx context.Context, keys ...core.Key) ([]core.Item, error) {
	s.gets++
	if s.err != nil {
		return nil, s.err
	}
	return s.Store.Get(ctx, keys...)
}

// Other events are the application's, if it wants them, and errors otherwise; its panic ends nothing.
func TestRawEvents(t *testing.T) {
	raw := func(_ context.Context, e json.RawMessage) (any, error) {
		switch string(e) {
		case `"fail"`:
			return nil, errors.New("on purpose")
		case `"panic"`:
			panic("on purpose")
		}
		return map[string]any{"got": e}, nil
	}
	app := lambda.New(newSet(t), &lambda.Options{Raw: raw, Logger: slog.New(slog.DiscardHandler)})
	for event, want := range map[string]string{
		`{"a": 1}`: `{"got":{"a":1}}`, `[1]`: `{"got":[1]}`, `null`: `{"got":null}`, `"fail"`: "", `"panic"`: "", `no JSON`: "", ``: "", `{"a":`: "",
		`{"Records": [{"eventSource": "aws:dynamodb"}]}`:   `{"got":{"Records":[{"eventSource":"aws:dynamodb"}]}}`,
		`{"requestContext": "of another kind"}`:            `{"got":{"requestContext":"of another kind"}}`,
		`{"version": "2.0", "requestContext": {"a": "b"}}`: `{"got":{"version":"2.0","requestContext":{"a":"b"}}}`,
		`{"Records": "none"}`:                              `{"got":{"Records":"none"}}`,
	} {
		b, err := app.Invoke(t.Context(), []byte(event))
		if string(b) != want || (err != nil) != (want == "") {
			t.Errorf("%s: got %s, %v; want %s", event, b, err, want)
		}
	}
	if _, err := lambda.New(newSet(t), nil).Invoke(t.Context(), []byte(`{"a": 1}`)); err == nil {
		t.Error("an event that nobody serves is no error")
	}
}

// Mistakes of set-up show at once.
func TestSourcesThatCannotBe(t *testing.T) {
	for name, opts := range map[string]*lambda.Options{
		"nowhere":     {Sources: []lambda.Source{{From: "sqs:a"}}},
		"elsewhere":   {Sources: []lambda.Source{{Destination: "nothing"}}},
		"named twice": {Sources: []lambda.Source{{From: "sqs:a", Destination: "news"}, {From: "sqs:a", Destination: "other"}}},
		"no name":     {Origin: "a,b"},
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			lambda.New(newsSet(t), opts)
		})
	}
}
