//go:build peers

package dynamodb_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/stores/dynamodb"
)

// TestUnits: operations charge what AWS bills: a unit for each 4 KB of a strong read and for each KB of a write, failed ones included.
func TestUnits(t *testing.T) {
	small, large := make([]byte, 100), make([]byte, 9<<10)
	there := core.Item{Key: newKey(), Body: large}
	log := newKey().Partition
	entry := func(n int) core.Key { return core.Key{Partition: log, Sort: fmt.Sprintf("%020d", n)} }
	tests := []struct {
		name string
		call func(ctx context.Context, s *dynamodb.Store) error
		want core.Units
		told bool // it takes a server that tells what stood in the way
	}{
		{"create", func(ctx context.Context, s *dynamodb.Store) error {
			_, err := s.Create(ctx, core.Item{Key: newKey(), Body: small})
			return err
		}, core.Units{Writes: 1}, false},
		{"create large", func(ctx context.Context, s *dynamodb.Store) (err error) {
			there.Version, err = s.Create(ctx, there)
			return err
		}, core.Units{Writes: 10}, false},
		{"conflict with a large one", func(ctx context.Context, s *dynamodb.Store) error {
			_, err := s.Replace(ctx, core.Item{Key: there.Key, Version: 1, Body: small})
			return wantConflict(err)
		}, core.Units{Writes: 10}, true},
		{"conflict of a large one", func(ctx context.Context, s *dynamodb.Store) error {
			_, err := s.Create(ctx, there)
			return wantConflict(err)
		}, core.Units{Writes: 10}, true},
		{"replace what is not there", func(ctx context.Context, s *dynamodb.Store) error {
			_, err := s.Replace(ctx, core.Item{Key: newKey(), Version: 1, Body: small})
			return wantConflict(err)
		}, core.Units{Writes: 1}, false},
		{"delete what is not there", func(ctx context.Context, s *dynamodb.Store) error {
			return wantConflict(s.Delete(ctx, newKey(), 1))
		}, core.Units{Writes: 1}, false},
		{"delete anything", func(ctx context.Context, s *dynamodb.Store) error { return s.Delete(ctx, newKey(), 0) }, core.Units{Writes: 1}, false},
		{"get", func(ctx context.Context, s *dynamodb.Store) error { return count(1)(s.Get(ctx, there.Key)) }, core.Units{Reads: 3}, false},
		{"get nothing", func(ctx context.Context, s *dynamodb.Store) error { return count(0)(s.Get(ctx, newKey())) }, core.Units{Reads: 1}, false},
		{"get several", func(ctx context.Context, s *dynamodb.Store) error {
			return count(1)(s.Get(ctx, there.Key, newKey(), newKey()))
		}, core.Units{Reads: 5}, false},
		{"get none of several", func(ctx context.Context, s *dynamodb.Store) error {
			return count(0)(s.Get(ctx, newKey(), newKey(), newKey()))
		}, core.Units{Reads: 3}, false},
		{"range over nothing", func(ctx context.Context, s *dynamodb.Store) error { return count(0)(s.Range(ctx, log, "", 0, 0)) }, core.Units{Reads: 1}, false},
		{"last of nothing", func(ctx context.Context, s *dynamodb.Store) error {
			if _, err := s.Last(ctx, log); !errors.Is(err, core.ErrNoItem) {
				return fmt.Errorf("got error %w", err)
			}
			return nil
		}, core.Units{Reads: 1}, false},
		{"append ten", func(ctx context.Context, s *dynamodb.Store) error {
			for n := range 10 {
				if _, err := s.Create(ctx, core.Item{Key: entry(n), Body: make([]byte, 900)}); err != nil {
					return err
				}
			}
			return nil
		}, core.Units{Writes: 10}, false},
		{"range over ten", func(ctx context.Context, s *dynamodb.Store) error { return count(10)(s.Range(ctx, log, "", 0, 0)) }, core.Units{Reads: 3}, false},
		{"range over four", func(ctx context.Context, s *dynamodb.Store) error { return count(4)(s.Range(ctx, log, "", 4, 0)) }, core.Units{Reads: 1}, false},
		{"last", func(ctx context.Context, s *dynamodb.Store) error { _, err := s.Last(ctx, log); return err }, core.Units{Reads: 1}, false},
		{"delete large", func(ctx context.Context, s *dynamodb.Store) error { return s.Delete(ctx, there.Key, there.Version) }, core.Units{Writes: 10}, false},
	}
	withEach(t, func(t *testing.T, cfg aws.Config) {
		t.Helper()
		s := dynamodb.New(dynamodb.NewClient(cfg), table, nil)
		for _, test := range tests {
			if test.told && strings.HasSuffix(t.Name(), "dynalite") {
				continue
			}
			t.Run(test.name, func(t *testing.T) {
				ctx, meter := core.WithMeter(t.Context())
				if err := test.call(ctx, s); err != nil {
					t.Fatal(err)
				}
				if got := meter.Units(); got != test.want {
					t.Errorf("charged %+v, want %+v", got, test.want)
				}
			})
		}
	})
}

func wantConflict(err error) error {
	if outcomeOf(err) != conflict {
		return fmt.Errorf("got error %w, want a conflict", err)
	}
	return nil
}

// count checks how many items a read gives.
func count(want int) func([]core.Item, error) error {
	return func(items []core.Item, err error) error {
		if err == nil && len(items) != want {
			err = fmt.Errorf("got %d items, want %d", len(items), want)
		}
		return err
	}
}
