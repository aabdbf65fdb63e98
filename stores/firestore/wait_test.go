//go:build peers

package firestore_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	pb "cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/grpc/codes"

	"github.com/patchbay-go/patchbay/core"
)

// soon is how long something may take that comes at once.
const soon = 20 * time.Second

// listened returns a wire that tells when a listener has heard of all that was there when it began.
func listened() (*wire, <-chan struct{}) {
	current := make(chan struct{}, 1000)
	return &wire{method: "Listen", heard: func(answer any) {
		if r, ok := answer.(*pb.ListenResponse); ok && r.GetTargetChange().GetTargetChangeType() == pb.TargetChange_CURRENT {
			current <- struct{}{}
		}
	}}, current
}

// TestWait: what is written while somebody waits is told at once; what has expired is not.
func TestWait(t *testing.T) {
	e := emulate(t)
	writer := e.open(t, nil)
	w, current := listened()
	s := e.open(t, w)
	for i := range 20 {
		first, second := newKey(), newKey()
		waited := make(chan error, 1)
		ctx, cancel := context.WithTimeout(t.Context(), soon)
		go func() { waited <- s.Wait(ctx, []core.Key{first, second}) }()
		for range 2 {
			<-current
		}
		mustCreate(t, writer, core.Item{Key: core.Key{Partition: first.Partition, Sort: "y"}, Expires: time.Now().Add(-time.Second)})
		mustCreate(t, writer, core.Item{Key: core.Key{Partition: second.Partition, Sort: "a"}})
		select {
		case err := <-waited:
			t.Errorf("%d: Wait has ended before something came: %v", i, err)
		case <-time.After(10 * time.Millisecond):
		}
		mustCreate(t, writer, core.Item{Key: core.Key{Partition: second.Partition, Sort: "y"}})
		if err := <-waited; err != nil {
			t.Errorf("%d: Wait: %v", i, err)
		}
		cancel()
		for len(current) > 0 {
			<-current
		}
	}
}

// TestWaitEnds: with its context, with the store, and with a listener that ends. Nothing runs on.
func TestWaitEnds(t *testing.T) {
	e := emulate(t)
	for name, end := range map[string]func(cancel func(), closeStore func() error){
		"context": func(cancel func(), _ func() error) { cancel() },
		"store":   func(_ func(), closeStore func() error) { _ = closeStore() },
	} {
		t.Run(name, func(t *testing.T) {
			w, current := listened()
			s := e.open(t, w)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			waited := make(chan error, 1)
			go func() { waited <- s.Wait(ctx, []core.Key{newKey(), newKey(), newKey()}) }()
			for range 3 {
				<-current
			}
			end(cancel, s.Close)
			if err := <-waited; !errors.Is(err, context.Canceled) && !errors.Is(err, core.ErrClosed) {
				t.Errorf("Wait: %v", err)
			}
			wantNone(t, "(*Store).listen")
		})
	}
	t.Run("listener", func(t *testing.T) {
		for _, f := range []fault{unsent, lost, {code: codes.PermissionDenied}} {
			s := e.open(t, &wire{method: "Listen", faults: []fault{f}})
			key := newKey()
			for i := range 3 {
				mustCreate(t, s, core.Item{Key: core.Key{Partition: key.Partition, Sort: fmt.Sprint(i)}, Expires: time.Now().Add(-time.Second)})
			}
			if err := s.Wait(t.Context(), []core.Key{{Partition: key.Partition, Sort: "0"}}); err == nil || !strings.Contains(err.Error(), "as the test has it") {
				t.Errorf("Wait: %v, want the listener's error", err)
			}
		}
		wantNone(t, "(*Store).listen")
	})
}

// wantNone fails unless no goroutine runs that func.
func wantNone(t *testing.T, function string) {
	t.Helper()
	stacks := make([]byte, 1<<20)
	if stacks = stacks[:runtime.Stack(stacks, true)]; strings.Contains(string(stacks), function) {
		t.Errorf("%s is still running", function)
	}
}

// TestManyWait: who would be one too many hears so, and the other verbs have room.
func TestManyWait(t *testing.T) {
	e := emulate(t)
	w, current := listened()
	s := e.open(t, w)
	ctx, cancel := context.WithCancel(t.Context())
	const most = 64
	waited := make(chan error, most)
	for range most {
		go func() { waited <- s.Wait(ctx, []core.Key{newKey()}) }()
	}
	for range most {
		<-current
	}
	if err := s.Wait(t.Context(), []core.Key{newKey()}); err == nil || !strings.Contains(err.Error(), "too many") {
		t.Errorf("one too many: %v", err)
	}
	mustCreate(t, s, core.Item{Key: newKey()})
	cancel()
	for range most {
		if err := <-waited; !errors.Is(err, context.Canceled) {
			t.Errorf("Wait: %v", err)
		}
	}
	if err := s.Wait(t.Context(), []core.Key{{Partition: mustCreate(t, s, core.Item{Key: newKey()}).Partition, Sort: "a"}}); err != nil {
		t.Errorf("Wait after them: %v", err)
	}
}
