package dynamodb

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/patchbay-go/patchbay/core"
)

// busy is a server that gives one answer to everything.
type busy struct {
	status int
	body   string
	asked  int
	last   string // what it was asked
}

func (b *busy) Do(r *http.Request) (*http.Response, error) {
	b.asked++
	question, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	b.last = string(question)
	return &http.Response{
		StatusCode: b.status, Header: http.Header{"Content-Type": {"application/x-amz-json-1.0"}},
		Body: io.NopCloser(strings.NewReader(b.body)), ContentLength: int64(len(b.body)),
	}, nil
}

func (b *busy) store() *Store {
	return New(NewClient(aws.Config{
		Region: "eu-central-1", Credentials: credentials.NewStaticCredentialsProvider("a", "b", ""), HTTPClient: b, BaseEndpoint: new("http://db"),
	}), "news", nil)
}

const (
	refusal   = `{"__type":"com.amazonaws.dynamodb.v20120810#ThrottlingException","message":"Rate exceeded"}`
	nothingOf = `{"Responses":{"news":[]},"UnprocessedKeys":{"news":{"Keys":[{"pk":{"S":"p"},"sk":{"S":"a"}},{"pk":{"S":"p"},"sk":{"S":"b"}}]}}}`
)

// TestThrottledToTheEnd: a table that refuses is asked again until the deadline, or as often as the SDK does, and the error says what was
// the matter.
func TestThrottledToTheEnd(t *testing.T) {
	verbs := []struct {
		name   string
		server busy
		call   func(context.Context, *Store) error
	}{
		{"Get", busy{status: 400, body: refusal}, func(ctx context.Context, s *Store) error {
			_, err := s.Get(ctx, core.Key{Partition: "p", Sort: "a"})
			return err
		}},
		{"Create", busy{status: 400, body: refusal}, func(ctx context.Context, s *Store) error {
			_, err := s.Create(ctx, core.Item{Key: core.Key{Partition: "p", Sort: "a"}})
			return err
		}},
		{"Range", busy{status: 400, body: refusal}, func(ctx context.Context, s *Store) error { _, err := s.Range(ctx, "p", "", 0, 0); return err }},
		{"Get of many of which nothing comes", busy{status: 200, body: nothingOf}, func(ctx context.Context, s *Store) error {
			_, err := s.Get(ctx, core.Key{Partition: "p", Sort: "a"}, core.Key{Partition: "p", Sort: "b"})
			return err
		}},
	}
	for _, verb := range verbs {
		t.Run(verb.name+" with a deadline", func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const patience = 300 * time.Millisecond
				ctx, cancel := context.WithTimeout(t.Context(), patience)
				defer cancel()
				server, began := verb.server, time.Now()
				err := verb.call(ctx, server.store())
				wantThrottled(t, err)
				if !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("the error %q is none of the deadline", err)
				}
				if took := time.Since(began); took != patience || server.asked < 2 {
					t.Errorf("asked %d times in %s, want several times in %s", server.asked, took, patience)
				}
			})
		})
		t.Run(verb.name+" without a deadline", func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := verb.server
				wantThrottled(t, verb.call(t.Context(), server.store()))
				if server.asked != maxAttempts {
					t.Errorf("asked %d times, want %d", server.asked, maxAttempts)
				}
			})
		})
	}
}

func wantThrottled(t *testing.T, err error) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), `table "news" is throttled`) {
		t.Errorf("error %v, want one that says that the table is throttled", err)
	}
	if _, ok := errors.AsType[*core.ConflictError](err); ok {
		t.Errorf("error %v is a conflict", err)
	}
}

// TestUnreachedToTheEnd: an error of the deadline says what was the matter until then, once.
func TestUnreachedToTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		server := &busy{status: 503, body: `{"__type":"ServiceUnavailable","message":"out for lunch"}`}
		_, err := server.store().Range(ctx, "p", "", 0, 0)
		if !errors.Is(err, context.DeadlineExceeded) || strings.Count(err.Error(), "out for lunch") != 1 {
			t.Errorf("error %v, want one of the deadline that says once what was the matter", err)
		}
		_, err = server.store().Range(t.Context(), "p", "", 0, 0)
		if err == nil || strings.Count(err.Error(), "out for lunch") != 1 {
			t.Errorf("error %v, want one that says once what was the matter", err)
		}
	})
}

// TestReadsAreStrong: each read asks for what was written last. Servers that stand in for DynamoDB are strong in any case.
func TestReadsAreStrong(t *testing.T) {
	server := &busy{status: 200, body: `{"Items":[],"Responses":{}}`}
	s, key := server.store(), core.Key{Partition: "p", Sort: "a"}
	for name, read := range map[string]func() error{
		"Get":         func() error { _, err := s.Get(t.Context(), key); return err },
		"Get of many": func() error { _, err := s.Get(t.Context(), key, core.Key{Partition: "p", Sort: "b"}); return err },
		"Range":       func() error { _, err := s.Range(t.Context(), "p", "", 0, 0); return err },
		"Last":        func() error { _, err := s.Last(t.Context(), "p"); return err },
	} {
		if err := read(); err != nil && !errors.Is(err, core.ErrNoItem) {
			t.Fatal(err)
		}
		if !strings.Contains(server.last, `"ConsistentRead":true`) {
			t.Errorf("%s asks %s", name, server.last)
		}
	}
}

// TestPauses: pauses grow and have an end.
func TestPauses(t *testing.T) {
	for attempt, most := range map[int]time.Duration{1: firstPause, 2: 2 * firstPause, 5: 16 * firstPause, 9: longestPause, 1000: longestPause} {
		for range 100 {
			if got, err := backoff(attempt, nil); got < 0 || got >= most || err != nil {
				t.Fatalf("behind attempt %d: %s, %v; want below %s", attempt, got, err, most)
			}
		}
	}
}
