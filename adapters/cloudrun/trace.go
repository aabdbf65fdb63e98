package cloudrun

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// A traceContext is which request of the platform's something belongs to.
type traceContext struct {
	trace   string // projects/PROJECT/traces/ID
	span    string // 16 hexadecimal digits
	sampled bool
}

type traceKey struct{}

// traced notes in the context of each request what the platform's headers say of its trace. They may be the caller's words; all that they
// can do is to join a log line to another trace.
func traced(project string, h http.Handler) http.Handler {
	if project == "" {
		return h
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if t, ok := traceOf(r.Header); ok {
			t.trace = "projects/" + project + "/traces/" + t.trace
			r = r.WithContext(context.WithValue(r.Context(), traceKey{}, t))
		}
		h.ServeHTTP(w, r)
	})
}

// traceOf reads the headers of a request: W3C's, or else Google's older one.
func traceOf(h http.Header) (traceContext, bool) {
	if t, ok := parseTraceparent(h.Get("Traceparent")); ok {
		return t, true
	}
	return parseCloudTrace(h.Get("X-Cloud-Trace-Context"))
}

// parseTraceparent reads VERSION-TRACE-SPAN-FLAGS (W3C Trace Context, section 3.2.2), of which later versions may have more at the end.
func parseTraceparent(text string) (traceContext, bool) {
	parts := strings.SplitN(text, "-", 5)
	if len(parts) < 4 || !isHex(parts[0], 2) || parts[0] == "ff" || !isID(parts[1], 32) || !isID(parts[2], 16) || !isHex(parts[3], 2) {
		return traceContext{}, false
	}
	if len(parts) > 4 && parts[0] == "00" {
		return traceContext{}, false
	}
	flags, _ := strconv.ParseUint(parts[3], 16, 8)
	return traceContext{trace: parts[1], span: parts[2], sampled: flags&1 == 1}, true
}

// parseCloudTrace reads TRACE/SPAN;o=OPTIONS, where the span is a decimal number and all but the trace may be left out.
func parseCloudTrace(text string) (traceContext, bool) {
	ids, options, _ := strings.Cut(text, ";")
	trace, span, _ := strings.Cut(ids, "/")
	if trace = strings.ToLower(trace); !isID(trace, 32) {
		return traceContext{}, false
	}
	t := traceContext{trace: trace, sampled: options == "o=1"}
	if n, err := strconv.ParseUint(span, 10, 64); err == nil && n != 0 {
		t.span = fmt.Sprintf("%016x", n)
	}
	return t, true
}

// isID reports whether a text is so many hexadecimal digits, not all zero.
func isID(text string, length int) bool {
	return isHex(text, length) && strings.Trim(text, "0") != ""
}

func isHex(text string, length int) bool {
	return len(text) == length && strings.Trim(text, "0123456789abcdef") == ""
}
