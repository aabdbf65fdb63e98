package wait_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/stores/sql/internal/wait"
)

// TestWait: who waits looks at first, when one of its partitions is woken, when all are, and at intervals where the room has them.
func TestWait(t *testing.T) {
	for _, test := range []struct {
		name  string
		every time.Duration
		wake  func(*wait.Room)
		least int32
		most  int32
	}{
		{"its own", 0, func(r *wait.Room) { r.Wake("b") }, 2, 2},
		{"another", 0, func(r *wait.Room) { r.Wake("c") }, 1, 1},
		{"all", 0, (*wait.Room).WakeAll, 2, 3},
		{"several at once", 0, func(r *wait.Room) { r.Wake("a"); r.Wake("b"); r.WakeAll() }, 2, 5},
		{"none", 0, func(*wait.Room) {}, 1, 1},
		{"at intervals", 4 * time.Second, func(*wait.Room) {}, 3, 3},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				room := wait.Room{Every: test.every}
				var looks atomic.Int32
				ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
				defer cancel()
				waited := make(chan error)
				go func() {
					waited <- room.Wait(ctx, []string{"a", "b"}, func() (bool, error) { looks.Add(1); return false, nil })
				}()
				synctest.Wait()
				test.wake(&room)
				if err := <-waited; !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("Wait: %v", err)
				}
				if got := looks.Load(); got < test.least || got > test.most {
					t.Errorf("looked %d times, want %d to %d", got, test.least, test.most)
				}
			})
		})
	}
}

// TestWaitEnds: by what was waited for, by an error of the look, and by Close.
func TestWaitEnds(t *testing.T) {
	var room wait.Room
	broken := errors.New("broken")
	for _, test := range []struct {
		name   string
		behind func() (bool, error)
		want   error
	}{
		{"it stands", func() (bool, error) { return true, nil }, nil},
		{"the look fails", func() (bool, error) { return false, broken }, broken},
		{"the room closes", func() (bool, error) { room.Close(); return false, nil }, core.ErrClosed},
		{"it is closed", func() (bool, error) { return true, nil }, core.ErrClosed},
	} {
		if err := room.Wait(t.Context(), []string{"a"}, test.behind); !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", test.name, err, test.want)
		}
	}
}
