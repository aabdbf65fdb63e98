// Package verbbench measures the verbs of a store, one after the other and by many at once.
package verbbench

import (
	"bytes"
	"context"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/patchbay-go/patchbay/core"
)

// body is about what a session or a message has.
var body = bytes.Repeat([]byte("0123456789abcdef"), 32)

// Run measures the verbs of an empty store.
func Run(b *testing.B, s core.Store) {
	b.Helper()
	for i := range 1000 {
		mustCreate(b, s, "filled", i)
	}
	page, one := make([]core.Key, 8), core.Key{Partition: "filled", Sort: sortOf(500)}
	for i := range page {
		page[i] = core.Key{Partition: "filled", Sort: sortOf(100 * i)}
	}
	var created atomic.Int64
	replaced := mustCreate(b, s, "replaced", 0)
	for _, verb := range []struct {
		name string
		run  func(context.Context) error
	}{
		{"get", func(ctx context.Context) error { _, err := s.Get(ctx, one); return err }},
		{"get 8", func(ctx context.Context) error { _, err := s.Get(ctx, page...); return err }},
		{"range of nothing", func(ctx context.Context) error { _, err := s.Range(ctx, "filled", "~", 128, 512<<10); return err }},
		{"range of 100", func(ctx context.Context) error {
			_, err := s.Range(ctx, "filled", sortOf(300), 100, 512<<10)
			return err
		}},
		{"put", func(ctx context.Context) error { _, err := s.Put(ctx, replaced); return err }},
		{"create", func(ctx context.Context) error {
			_, err := s.Create(ctx, item("created", int(created.Add(1))))
			return err
		}},
		{"create in vain", func(ctx context.Context) error { _, _ = s.Create(ctx, item("filled", 1)); return nil }},
	} {
		b.Run(verb.name, func(b *testing.B) { alone(b, verb.run) })
	}
	b.Run("replace", func(b *testing.B) {
		it := mustCreate(b, s, "replaced", int(created.Add(1)))
		alone(b, func(ctx context.Context) (err error) { it.Version, err = s.Replace(ctx, it); return err })
	})
	b.Run("create by 16 at once", func(b *testing.B) {
		b.ReportAllocs()
		b.SetParallelism(8)
		b.RunParallel(func(p *testing.PB) {
			for p.Next() {
				if _, err := s.Create(b.Context(), item("together", int(created.Add(1)))); err != nil {
					b.Fatal(err)
				}
			}
		})
	})
}

func alone(b *testing.B, run func(context.Context) error) {
	b.Helper()
	b.ReportAllocs()
	for b.Loop() {
		if err := run(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}

func sortOf(n int) string { return fmt.Sprintf("%020d", n) }

func item(partition string, n int) core.Item {
	return core.Item{Key: core.Key{Partition: partition, Sort: sortOf(n)}, Body: body}
}

func mustCreate(b *testing.B, s core.Store, partition string, n int) core.Item {
	b.Helper()
	it := item(partition, n)
	version, err := s.Create(b.Context(), it)
	if err != nil {
		b.Fatal(err)
	}
	it.Version = version
	return it
}
