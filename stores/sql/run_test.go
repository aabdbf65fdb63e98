package sql

import (
	"context"
	"testing"
	"time"
)

// TestBounded: no statement waits for ever, and none longer than its caller.
func TestBounded(t *testing.T) {
	ctx, cancel := bounded(t.Context())
	defer cancel()
	if end, ok := ctx.Deadline(); !ok || time.Until(end) > patience {
		t.Errorf("without a deadline: ends %v, %v; want within %v", end, ok, patience)
	}
	short, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	want, _ := short.Deadline()
	ctx, cancel = bounded(short)
	cancel() // ends nothing of the caller's
	if end, _ := ctx.Deadline(); !end.Equal(want) || short.Err() != nil {
		t.Errorf("with a deadline: ends %v, caller %v; want %v", end, short.Err(), want)
	}
}
