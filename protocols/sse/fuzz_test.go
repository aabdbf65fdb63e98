package sse

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/patchbay-go/patchbay/core"
)

// FuzzRequest looks for queries and cursors that panic, or that open a stream which they do not name.
func FuzzRequest(f *testing.F) {
	for _, query := range []string{
		"topic=messages", "topic=messages&subtopic=a.*&selector=n+%3E+1", "topic=%zz", "topic=a&topic=b", "topic=flat&lastEventId=k3J9x2.0:17-2.1:3",
		"topic=messages&lastEventId=x.0:18446744073709551615", "topic=members", "topic=messages;subtopic=a",
	} {
		f.Add(query, "")
	}
	f.Add("topic=messages", "k3J9x2.0:17")
	f.Add("topic=messages", "..:")
	f.Fuzz(func(t *testing.T, query, lastID string) {
		st := newStudio(t)
		w := &tap{once: once{header: http.Header{}}, units: make(chan string, 10)}
		st.set.Drain() // a stream that is opened ends at once
		header := http.Header{"Last-Event-Id": {lastID}}
		if err := st.serve(t.Context(), query, header, w); err != nil {
			t.Fatalf("%q, %q: %v", query, lastID, err)
		}
		if w.began == (w.fault != nil) {
			t.Errorf("%q, %q: began: %v, refused: %v", query, lastID, w.began, w.fault)
		}
		if values, err := url.ParseQuery(query); w.began && (err != nil || st.set.Destination(values.Get("topic")) == nil) {
			t.Errorf("%q: a stream of no topic", query)
		}
		if w.fault != nil && w.fault.Code == core.Internal {
			t.Errorf("%q, %q: %v", query, lastID, w.fault)
		}
	})
}
