package client

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// A playedLink does what it is told, one step for each open and next, and then waits.
type playedLink struct {
	steps  []any // "message id" or an error; nil: an open that works, or a next without messages
	log    []string
	begun  time.Time
	closed bool
}

func (l *playedLink) step(ctx context.Context, what string) (any, error) {
	l.log = append(l.log, fmt.Sprintf("%s after %s", what, time.Since(l.begun)))
	if len(l.steps) == 0 {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	s := l.steps[0]
	l.steps = l.steps[1:]
	err, _ := s.(error)
	return s, err
}

func (l *playedLink) open(ctx context.Context) error {
	_, err := l.step(ctx, "open")
	return err
}

func (l *playedLink) next(ctx context.Context) ([]*Message, error) {
	s, err := l.step(ctx, "next")
	if id, ok := s.(string); ok {
		return []*Message{{ID: id}}, nil
	}
	return nil, err
}

func (l *playedLink) close(ctx context.Context) { l.closed = ctx.Err() == nil }

func TestFollow(t *testing.T) {
	lost := &ConnectionError{err: errors.New("gone")}
	later := &ConnectionError{err: errors.New("gone"), retry: 3 * time.Second}
	muchLater := &ConnectionError{err: errors.New("gone"), retry: time.Hour}
	fault := &Fault{"-32601", "not there"}
	busy, refused := &StatusError{Code: http.StatusServiceUnavailable}, &StatusError{Code: http.StatusNotFound}
	for _, c := range []struct {
		name  string
		steps []any
		want  []string // ids, and the error last
		log   string
	}{
		{"messages", []any{nil, "1", nil, "2"}, []string{"1", "2"}, "open 0s, next 0s, next 0s, next 0s, next 0s"},
		{"no connection", []any{lost}, []string{lost.Error()}, "open 0s"},
		{"a fault at once", []any{fault}, []string{fault.Error()}, "open 0s"},
		{"a fault later", []any{nil, "1", fault}, []string{"1", fault.Error()}, "open 0s, next 0s, next 0s"},
		{"a loss", []any{nil, lost, nil, "1"}, []string{"1"}, "open 0s, next 0s, open 500ms, next 500ms, next 500ms"},
		{"busy", []any{nil, busy, nil, "1"}, []string{"1"}, "open 0s, next 0s, open 500ms, next 500ms, next 500ms"},
		{"refused after a loss", []any{nil, lost, refused}, []string{refused.Error()}, "open 0s, next 0s, open 500ms"},
		{"longer and longer", []any{nil, lost, lost, lost, lost, lost, lost, lost, nil, "1"}, []string{"1"},
			"open 0s, next 0s, open 500ms, open 1.5s, open 3.5s, open 7.5s, open 15.5s, open 30.5s, open 45.5s, next 45.5s, next 45.5s"},
		{"a message makes it short again", []any{nil, lost, lost, nil, "1", lost, nil}, []string{"1"},
			"open 0s, next 0s, open 500ms, open 1.5s, next 1.5s, next 1.5s, open 2s, next 2s"},
		{"an open alone does not", []any{nil, lost, nil, lost, nil, "1"}, []string{"1"},
			"open 0s, next 0s, open 500ms, next 500ms, open 1.5s, next 1.5s, next 1.5s"},
		{"the server asks for time", []any{nil, later, nil}, nil, "open 0s, next 0s, open 3s, next 3s"},
		{"not for too much", []any{nil, muchLater, nil}, nil, "open 0s, next 0s, open 15s, next 15s"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				l := &playedLink{steps: c.steps, begun: time.Now()}
				var got []string
				(&follower{link: l}).run(ctx, "", func(m *Message, err error) bool {
					if err != nil {
						got = append(got, err.Error())
						return false
					}
					got = append(got, m.ID)
					return true
				})
				if diff := cmp.Diff(c.want, got); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
				if log := strings.ReplaceAll(strings.Join(l.log, ", "), " after", ""); log != c.log {
					t.Errorf("got  %s\nwant %s", log, c.log)
				}
				if !l.closed {
					t.Error("it was not closed in time")
				}
			})
		})
	}
}

// Who has enough gets no more.
func TestFollowEnds(t *testing.T) {
	l := &playedLink{steps: []any{nil, "1", "2"}, begun: time.Now()}
	n := 0
	(&follower{link: l}).run(t.Context(), "", func(*Message, error) bool { n++; return false })
	if n != 1 || len(l.log) != 2 || !l.closed {
		t.Errorf("got %d messages, %q, closed %v", n, l.log, l.closed)
	}
}

func TestNotices(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		var got []string
		l := &playedLink{steps: []any{nil, &ConnectionError{err: errors.New("gone")}, nil}, begun: time.Now()}
		f := &follower{link: l, notify: func(text string) { got = append(got, text) }}
		f.run(ctx, "Subscribed.", func(*Message, error) bool { return true })
		want := []string{"Subscribed.", "Connection lost: gone. Trying again in 500ms.", "Connected again."}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

func TestReceived(t *testing.T) {
	var r received
	r.anew()
	for _, id := range []string{"a", "b", "b", ""} {
		if r.isRepeat(id) {
			t.Errorf("%q is a repeat on its first connection", id)
		}
	}
	r.anew()
	r.anew()
	for id, want := range map[string]bool{"a": true, "b": true, "c": false} {
		if got := r.isRepeat(id); got != want {
			t.Errorf("%q is a repeat: got %v, want %v", id, got, want)
		}
	}
	for i := range 3 * mostReceived {
		r.isRepeat(fmt.Sprint(i))
		if len(r.now) > mostReceived {
			t.Fatalf("%d ids are remembered", len(r.now))
		}
	}
}
