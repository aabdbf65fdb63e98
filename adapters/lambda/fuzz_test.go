package lambda_test

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/patchbay-go/patchbay/adapters/lambda"
	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/stores/memory"
)

// Whatever the event, the function neither panics nor answers anything but JSON, and no request knows a reserved header.
func FuzzInvoke(f *testing.F) {
	names, err := filepath.Glob("testdata/*.json")
	if err != nil || len(names) == 0 {
		f.Fatalf("no events: %v", err)
	}
	for _, name := range names {
		f.Add(load(f, strings.TrimSuffix(filepath.Base(name), ".json")))
	}
	for _, text := range []string{`null`, `{}`, `[]`, `"`, `{"a"`, ` {"Records":[{"eventSource":"aws:sqs"}]}`, `{"requestContext":{"elb":{}}}`, `{"requestContext":{"connectionId":"c","eventType":"MESSAGE"}}`} {
		f.Add([]byte(text))
	}
	set := core.NewChannelSet(core.NewServiceMapper(), memory.New(nil), nil)
	set.AddDestination(&core.Destination{Name: "news"})
	app := lambda.New(set, &lambda.Options{
		Logger:  slog.New(slog.DiscardHandler),
		Sources: []lambda.Source{{Destination: "news"}},
		Raw:     func(_ context.Context, e json.RawMessage) (any, error) { return e, nil },
		HTTP: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL == nil || r.Header["X-Forwarded-For"] != nil {
				f.Errorf("got %v with %v", r.URL, r.Header)
			}
			maps.Copy(w.Header(), r.Header)
			_, _ = io.Copy(w, r.Body)
		}),
	})
	f.Fuzz(func(t *testing.T, event []byte) {
		b, err := app.Invoke(t.Context(), event)
		if err == nil && !json.Valid(b) {
			t.Errorf("%s: got %s", event, b)
		}
		s, err := app.InvokeStream(t.Context(), event)
		if err != nil {
			return
		}
		if _, err := io.Copy(io.Discard, s); err != nil {
			t.Errorf("%s: %v", event, err)
		}
		_ = s.Close()
	})
}
