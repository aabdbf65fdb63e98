//go:build peers

package firestore_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"testing"
	"time"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/stores/firestore"
	"github.com/patchbay-go/patchbay/tests/servers"
)

// BenchmarkVerbs: what a verb takes and allocates, the emulator's time included.
func BenchmarkVerbs(b *testing.B) {
	server := servers.Run(b, servers.Firestore())
	s, err := firestore.Open(b.Context(), "patchbay", &firestore.Options{Emulator: server.Address})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	item := func(sort string) core.Item {
		return core.Item{Key: core.Key{Partition: rand.Text(), Sort: sort}, Body: make([]byte, 300), Expires: time.Now().Add(time.Hour)}
	}
	one := item("x")
	if one.Version, err = s.Create(b.Context(), one); err != nil {
		b.Fatal(err)
	}
	for i := range 20 {
		entry := one
		entry.Sort = fmt.Sprint("entry", i)
		if _, err := s.Create(b.Context(), entry); err != nil {
			b.Fatal(err)
		}
	}
	for _, c := range []struct {
		name string
		use  func(context.Context) error
	}{
		{"create", func(ctx context.Context) error { return create(s, item("x"))(ctx) }},
		{"replace", func(ctx context.Context) (err error) { one.Version, err = s.Replace(ctx, one); return err }},
		{"get", get(s, one.Key)},
		{"range of 20", read(s, one.Partition, "", 20, 0)},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := c.use(b.Context()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
