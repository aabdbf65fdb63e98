package core

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestSample(t *testing.T) {
	for _, n := range []int{1, 5, maxProbes, maxProbes + 1, 100_000} {
		seen := map[int]bool{}
		for _, i := range sample(n, maxProbes) {
			if i < 0 || i >= n || seen[i] {
				t.Fatalf("sample of %d has %d, or has it twice", n, i)
			}
			seen[i] = true
		}
		if want := min(n, maxProbes); len(seen) != want {
			t.Errorf("sample of %d has %d numbers, want %d", n, len(seen), want)
		}
	}
}

func TestRetry(t *testing.T) {
	conflict := &ConflictError{}
	other := errors.New("other")
	tests := []struct {
		name    string
		outcome func(try int) error
		tries   int
		want    error // nil: a Conflict where there were maxTries
	}{
		{"good at once", func(int) error { return nil }, 1, nil},
		{"good after conflicts", func(try int) error {
			if try < 5 {
				return conflict
			}
			return nil
		}, 5, nil},
		{"another error", func(int) error { return other }, 1, other},
		{"conflicts without end", func(int) error { return conflict }, maxTries, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				start, tries := time.Now(), 0
				err := retry(t.Context(), func(anew bool) error {
					if tries++; anew != (tries > 1) {
						t.Errorf("try %d: anew %t", tries, anew)
					}
					return test.outcome(tries)
				})
				if tries != test.tries {
					t.Errorf("%d tries, want %d", tries, test.tries)
				}
				if tries == maxTries {
					if !isFault(err, Conflict) || time.Since(start) > 10*time.Second {
						t.Errorf("%v after %v", err, time.Since(start))
					}
				} else if !errors.Is(err, test.want) {
					t.Errorf("got %v, want %v", err, test.want)
				}
			})
		})
	}
}

// TestRetryEnds: whoever waits for another try hears that the time is over.
func TestRetryEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		err := retry(ctx, func(bool) error { return &ConflictError{} })
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
	})
}
