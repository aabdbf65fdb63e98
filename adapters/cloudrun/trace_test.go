package cloudrun_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/patchbay-go/patchbay/adapters/cloudrun"
	"github.com/patchbay-go/patchbay/adapters/server"
	"github.com/patchbay-go/patchbay/core"
)

// A request's lines name the trace that the platform's headers name, and nothing else that stands there.
func TestTrace(t *testing.T) {
	const trace, span = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
	found := func(span string, sampled bool) map[string]any {
		m := map[string]any{"logging.googleapis.com/trace": "projects/shop/traces/" + trace, "logging.googleapis.com/trace_sampled": sampled}
		if span != "" {
			m["logging.googleapis.com/spanId"] = span
		}
		return m
	}
	for _, c := range []struct {
		name, header, text string
		want               map[string]any
	}{
		{"W3C", "traceparent", "00-" + trace + "-" + span + "-01", found(span, true)},
		{"W3C, not sampled", "traceparent", "00-" + trace + "-" + span + "-00", found(span, false)},
		{"W3C, a later version", "traceparent", "01-" + trace + "-" + span + "-01-more", found(span, true)},
		{"Google's", "X-Cloud-Trace-Context", trace + "/81985529216486895;o=1", found("0123456789abcdef", true)},
		{"Google's, upper case", "X-Cloud-Trace-Context", "4BF92F3577B34DA6A3CE929D0E0E4736", found("", false)},
		{"Google's, no span", "X-Cloud-Trace-Context", trace + ";o=0", found("", false)},
		{"none", "X", "x", map[string]any{}},
		{"W3C, too much of version 0", "traceparent", "00-" + trace + "-" + span + "-01-more", map[string]any{}},
		{"W3C, version ff", "traceparent", "ff-" + trace + "-" + span + "-01", map[string]any{}},
		{"W3C, zeros", "traceparent", "00-00000000000000000000000000000000-" + span + "-01", map[string]any{}},
		{"W3C, upper case", "traceparent", "00-4BF92F3577B34DA6A3CE929D0E0E4736-" + span + "-01", map[string]any{}},
		{"an injection", "X-Cloud-Trace-Context", `x","severity":"EMERGENCY`, map[string]any{}},
		{"a long one", "X-Cloud-Trace-Context", trace + trace, map[string]any{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var log logged
			set := newSet(t, nil).Map(&core.Channel{Name: "echo", Endpoint: echo{}})
			srv := cloudrun.New(set, &cloudrun.Options{Project: "shop", Server: server.Options{
				Paths: map[string]string{"/echo": "echo"}, Logger: slog.New(cloudrun.NewLogHandler(&log, nil)),
			}})
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/echo", http.NoBody)
			r.Header.Set(c.header, c.text)
			srv.ServeHTTP(httptest.NewRecorder(), r)
			lines := log.lines(t)
			if len(lines) != 1 || lines[0]["message"] != "request" || lines[0]["severity"] != "INFO" {
				t.Fatalf("logged %v", lines)
			}
			got := map[string]any{}
			for name, v := range lines[0] {
				if len(name) > 7 && name[:8] == "logging." {
					got[name] = v
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// The trace stands at the top of a line, whatever groups the logger has.
func TestLogHandler(t *testing.T) {
	var log logged
	logger := slog.New(cloudrun.NewLogHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})).With("a", 1).WithGroup("g").With("b", 2)
	h := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		logger.DebugContext(r.Context(), "one", "msg", "x")
		logger.WarnContext(r.Context(), "two", slog.Group("level", "level", 5))
	})
	srv := cloudrun.New(newSet(t, nil), &cloudrun.Options{Project: "p", Server: server.Options{Other: h}})
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody)
	r.Header.Set("X-Cloud-Trace-Context", "4bf92f3577b34da6a3ce929d0e0e4736/1;o=1")
	srv.ServeHTTP(httptest.NewRecorder(), r)
	got := log.lines(t)
	for _, line := range got {
		delete(line, "time")
	}
	with := func(severity, message string, g map[string]any) map[string]any {
		return map[string]any{
			"severity": severity, "message": message, "a": 1.0, "g": g, "logging.googleapis.com/trace": "projects/p/traces/4bf92f3577b34da6a3ce929d0e0e4736",
			"logging.googleapis.com/spanId": "0000000000000001", "logging.googleapis.com/trace_sampled": true,
		}
	}
	want := []map[string]any{
		with("DEBUG", "one", map[string]any{"b": 2.0, "msg": "x"}),
		with("WARNING", "two", map[string]any{"b": 2.0, "level": map[string]any{"level": 5.0}}),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
