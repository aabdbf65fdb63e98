package core

import (
	"context"
	"sync"
)

// Units are what the use of a store costs by its own price list: request units of DynamoDB, documents of Firestore, statements of a
// database. A store that costs nothing by use has none.
type Units struct{ Reads, Writes float64 }

// A Meter adds up Units. It may be used by any number of goroutines.
type Meter struct {
	mu    sync.Mutex
	units Units
	outer *Meter
}

type meterKey struct{}

// WithMeter returns a context whose uses of a store are charged to the meter, and to the one that ctx already has.
func WithMeter(ctx context.Context) (context.Context, *Meter) {
	m := &Meter{outer: meterOf(ctx)}
	return context.WithValue(ctx, meterKey{}, m), m
}

// Charge adds what an operation has cost to the meters of its context. Stores call it, also for an operation that has failed where it
// is charged for all the same.
func Charge(ctx context.Context, u Units) {
	for m := meterOf(ctx); m != nil; m = m.outer {
		m.add(u)
	}
}

// Units returns the sum so far.
func (m *Meter) Units() Units {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.units
}

func (m *Meter) add(u Units) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.units.Reads += u.Reads
	m.units.Writes += u.Writes
}

func meterOf(ctx context.Context) *Meter {
	m, _ := ctx.Value(meterKey{}).(*Meter)
	return m
}
