// Command peer measures what aws-lambda-go-api-proxy costs a call beside its handler. It is given the folder of the events, and prints lines of
// an event's kind, nanoseconds and allocations.
package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/awslabs/aws-lambda-go-api-proxy/httpadapter"
)

func main() {
	h := http.HandlerFunc(handle)
	// As a function has them: what decodes the event and encodes the answer belongs to a call. It has nothing for function URLs, whose
	// events have the form of an HTTP API's.
	adapters := []struct {
		kind    string
		handler lambda.Handler
	}{
		{"rest", lambda.NewHandler(httpadapter.New(h).ProxyWithContext)},
		{"http", lambda.NewHandler(httpadapter.NewV2(h).ProxyWithContext)},
		{"url", lambda.NewHandler(httpadapter.NewV2(h).ProxyWithContext)},
		{"balancer", lambda.NewHandler(httpadapter.NewALB(h).ProxyWithContext)},
		{"balancer-multi", lambda.NewHandler(httpadapter.NewALB(h).ProxyWithContext)},
	}
	for _, a := range adapters {
		event, err := os.ReadFile(filepath.Join(os.Args[1], a.kind+".json"))
		if err == nil {
			err = measure(a.kind, func() error {
				_, err := a.handler.Invoke(context.Background(), event)
				return err
			})
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, "peer:", err)
			os.Exit(1)
		}
	}
}

// answer is what the handler writes. Our own program has the same.
var answer = `{"text":"` + strings.Repeat("x", 187) + `"}`

func handle(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	w.Header().Set("Content-Type", "application/json")
	_, _ = io.WriteString(w, answer)
}

// measure calls for about half a second and prints what one call took. Our own program has the same.
func measure(kind string, call func() error) error {
	for range 1000 { // pools and caches fill
		if err := call(); err != nil {
			return err
		}
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start, n := time.Now(), 0
	for ; n == 0 || n%1000 != 0 || time.Since(start) < 500*time.Millisecond; n++ {
		if err := call(); err != nil {
			return err
		}
	}
	took := time.Since(start)
	runtime.ReadMemStats(&after)
	_, err := fmt.Println(kind, float64(took.Nanoseconds())/float64(n), float64(after.Mallocs-before.Mallocs)/float64(n))
	return err
}
