package core

import (
	"context"
	"sync"
	"testing"
)

func TestMeters(t *testing.T) {
	Charge(t.Context(), Units{Reads: 1}) // nobody counts
	ctx, outer := WithMeter(t.Context())
	Charge(ctx, Units{Reads: 1})
	inside, inner := WithMeter(ctx)
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() { Charge(context.WithoutCancel(inside), Units{Reads: 0.5, Writes: 1}) })
	}
	wg.Wait()
	if got, want := inner.Units(), (Units{Reads: 5, Writes: 10}); got != want {
		t.Errorf("inner: %v, want %v", got, want)
	}
	if got, want := outer.Units(), (Units{Reads: 6, Writes: 10}); got != want {
		t.Errorf("outer: %v, want %v", got, want)
	}
}
