package dynamodb

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/patchbay-go/patchbay/core"
)

// A standstill is a server that takes requests and never answers.
type standstill struct{}

func (standstill) Do(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

// TestStandstill: no verb waits for ever for a server that stands still.
func TestStandstill(t *testing.T) {
	key := core.Key{Partition: "main/t/news/0", Sort: "1"}
	verbs := map[string]func(context.Context, *Store) error{
		"Get":    func(ctx context.Context, s *Store) error { _, err := s.Get(ctx, key); return err },
		"Range":  func(ctx context.Context, s *Store) error { _, err := s.Range(ctx, key.Partition, "", 0, 0); return err },
		"Last":   func(ctx context.Context, s *Store) error { _, err := s.Last(ctx, key.Partition); return err },
		"Create": func(ctx context.Context, s *Store) error { _, err := s.Create(ctx, core.Item{Key: key}); return err },
		"Replace": func(ctx context.Context, s *Store) error {
			_, err := s.Replace(ctx, core.Item{Key: key, Version: 1})
			return err
		},
		"Put":    func(ctx context.Context, s *Store) error { _, err := s.Put(ctx, core.Item{Key: key}); return err },
		"Delete": func(ctx context.Context, s *Store) error { return s.Delete(ctx, key, 1) },
	}
	for name, verb := range verbs {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := New(NewClient(aws.Config{
					Region: "eu-west-1", Credentials: credentials.NewStaticCredentialsProvider("id", "secret", ""), HTTPClient: standstill{},
				}), "patchbay", nil)
				for _, deadline := range []time.Duration{0, time.Second} {
					ctx, want := t.Context(), patience
					if deadline > 0 {
						var cancel context.CancelFunc
						ctx, cancel = context.WithTimeout(ctx, deadline)
						defer cancel()
						want = deadline
					}
					start := time.Now()
					if err := verb(ctx, s); !errors.Is(err, context.DeadlineExceeded) {
						t.Errorf("got %v, want the deadline's error", err)
					}
					if took := time.Since(start); took != want {
						t.Errorf("with a deadline of %v it took %v, want %v", deadline, took, want)
					}
				}
			})
		})
	}
}
