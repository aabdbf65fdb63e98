package memory

import (
	"context"
	"reflect"

	"github.com/patchbay-go/patchbay/core"
)

// A waitingRoom is where those wait who want to hear of the next write to a partition.
type waitingRoom struct {
	written chan struct{} // closed by the next write
}

// room returns the partition's waiting room. The shard is locked.
func (sh *shard) room(partition string) *waitingRoom {
	if sh.waiting == nil {
		sh.waiting = map[string]*waitingRoom{}
	}
	r := sh.waiting[partition]
	if r == nil {
		r = &waitingRoom{written: make(chan struct{})}
		sh.waiting[partition] = r
	}
	return r
}

// wake lets everyone go who waits for a write to the partition. The shard is locked.
func (sh *shard) wake(partition string) {
	if r := sh.waiting[partition]; r != nil {
		close(r.written)
		delete(sh.waiting, partition)
	}
}

// Wait implements core.Waiter.
func (s *Store) Wait(ctx context.Context, after []core.Key) error {
	for {
		written := make([]<-chan struct{}, len(after))
		for i, key := range after {
			stands, room, err := s.behind(key)
			if err != nil || stands {
				return err
			}
			written[i] = room
		}
		if err := waitForAny(ctx, written); err != nil {
			return err
		}
	}
}

// behind reports whether something stands behind a key; if not it returns what is closed by the next write to its partition.
func (s *Store) behind(key core.Key) (stands bool, written <-chan struct{}, err error) {
	sh, now := s.shard(key.Partition), s.now()
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if sh.partitions == nil {
		return false, nil, core.ErrClosed
	}
	if l := sh.partitions[key.Partition]; l != nil {
		for n := l.firstAbove(key.Sort); n != nil; n = n.next[0] {
			if n.lives(now) {
				return true, nil, nil
			}
		}
	}
	return false, sh.room(key.Partition).written, nil
}

// waitForAny returns when one of the channels is closed, or with ctx's error.
func waitForAny(ctx context.Context, channels []<-chan struct{}) error {
	if len(channels) == 1 {
		select {
		case <-channels[0]:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	cases := make([]reflect.SelectCase, 0, len(channels)+1)
	cases = append(cases, reflect.SelectCase{Dir: reflect.SelectRecv, Chan: reflect.ValueOf(ctx.Done())})
	for _, c := range channels {
		cases = append(cases, reflect.SelectCase{Dir: reflect.SelectRecv, Chan: reflect.ValueOf(c)})
	}
	if chosen, _, _ := reflect.Select(cases); chosen == 0 {
		return ctx.Err()
	}
	return nil
}
