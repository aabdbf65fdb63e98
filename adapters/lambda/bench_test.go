package lambda_test

import (
	"encoding/base64"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/patchbay-go/patchbay/adapters/lambda"
)

// BenchmarkInvoke is what the adapter itself adds to a call: a handler that reads the request and answers 200 bytes.
func BenchmarkInvoke(b *testing.B) {
	text := strings.Repeat("x", 200)
	for _, kind := range []string{"application/json", "application/x-amf"} {
		app := answering(b, func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			w.Header().Set("Content-Type", kind)
			_, _ = io.WriteString(w, text)
		})
		for _, shape := range shapes {
			b.Run(shape+"/"+kind[len("application/"):], func(b *testing.B) { benchmark(b, app, load(b, shape)) })
		}
	}
}

// BenchmarkLargeBody is a request of 1 MB, which REST APIs give as base64.
func BenchmarkLargeBody(b *testing.B) {
	event := edited(b, "rest", func(e map[string]any) {
		e["body"] = base64.StdEncoding.EncodeToString(make([]byte, 1<<20))
	})
	app := answering(b, func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) })
	b.SetBytes(int64(len(event)))
	benchmark(b, app, event)
}

// BenchmarkJSONRPC is a whole call: the event, adapters/server, JSON-RPC and its target.
func BenchmarkJSONRPC(b *testing.B) {
	benchmark(b, newRPC(b, nil), rpc(b, "http", whoami, nil))
}

func benchmark(b *testing.B, app *lambda.App, event []byte) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := app.Invoke(b.Context(), event); err != nil {
			b.Fatal(err)
		}
	}
}
