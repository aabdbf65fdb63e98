// Command warm measures what adapters/lambda costs a call beside its handler. It is given the folder of the events, and prints lines of an
// event's kind, nanoseconds and allocations.
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

	"github.com/patchbay-go/patchbay/adapters/lambda"
	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/stores/memory"
)

// kinds are the events, by their files.
var kinds = []string{"rest", "http", "url", "balancer", "balancer-multi"}

func main() {
	set := core.NewChannelSet(core.NewServiceMapper(), memory.New(nil), nil)
	app := lambda.New(set, &lambda.Options{HTTP: http.HandlerFunc(handle)})
	for _, kind := range kinds {
		event, err := os.ReadFile(filepath.Join(os.Args[1], kind+".json"))
		if err == nil {
			err = measure(kind, func() error {
				_, err := app.Invoke(context.Background(), event)
				return err
			})
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, "warm:", err)
			os.Exit(1)
		}
	}
}

// answer is what the handler writes. The peer's program has the same.
var answer = `{"text":"` + strings.Repeat("x", 187) + `"}`

func handle(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	w.Header().Set("Content-Type", "application/json")
	_, _ = io.WriteString(w, answer)
}

// measure calls for about half a second and prints what one call took. The peer's program has the same.
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
