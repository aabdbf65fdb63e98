package main

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/patchbay-go/patchbay/core"
)

// A tally counts what is asked of a store by whatever runs with its context.
type tally struct {
	mu    sync.Mutex
	verbs verbs
}

// verbs are how often each verb of core.Store was used.
type verbs map[string]int

type tallyKey struct{}

func withTally(ctx context.Context) (context.Context, *tally) {
	t := &tally{verbs: verbs{}}
	return context.WithValue(ctx, tallyKey{}, t), t
}

// writing are the verbs that change something.
var writing = []string{"create", "replace", "put", "delete", "trim"}

// units counts every verb as one read or one write.
func (v verbs) units() core.Units {
	var u core.Units
	for verb, n := range v {
		if slices.Contains(writing, verb) {
			u.Writes += float64(n)
		} else {
			u.Reads += float64(n)
		}
	}
	return u
}

// String names the verbs, those that were used several times with their number.
func (v verbs) String() string {
	var words []string
	for _, verb := range slices.Sorted(maps.Keys(v)) {
		if n := v[verb]; n > 1 {
			verb = strconv.Itoa(n) + " " + verb
		}
		words = append(words, verb)
	}
	return strings.Join(words, ", ")
}

// An observer adds each use of the store to the tally of its context.
type observer struct{}

func (observer) CallStarted(ctx context.Context, _ *core.Call) (context.Context, func(*core.Fault)) {
	return ctx, func(*core.Fault) {}
}

func (observer) StoreUsed(ctx context.Context, verb string, _ int, _ time.Duration, _ error) {
	t, ok := ctx.Value(tallyKey{}).(*tally)
	if !ok {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.verbs[verb]++
}
