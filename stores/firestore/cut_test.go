//go:build peers

package firestore_test

import (
	"crypto/rand"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/stores/firestore"
	"github.com/patchbay-go/patchbay/tests/faults"
)

// TestCutConnections: many append to a log while their connections are cut again and again. What was acknowledged is there, and what was
// told as a conflict is somebody else's.
func TestCutConnections(t *testing.T) {
	e := emulate(t)
	proxy, err := faults.NewProxy(t.Context(), e.address, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer proxy.Close()
	const writers, each = 4, 40
	partition := rand.Text()
	var mu sync.Mutex
	var all []attempt
	var group sync.WaitGroup
	for range writers {
		s := (&emulator{proxy.Address()}).open(t, nil)
		group.Go(func() {
			for n := range each {
				a := attemptAt(t, s, core.Key{Partition: partition, Sort: fmt.Sprintf("%020d", n)})
				mu.Lock()
				all = append(all, a)
				mu.Unlock()
			}
		})
	}
	cuts := cutUntil(proxy, &group)

	stands := map[core.Key]string{}
	items, err := e.open(t, nil).Range(t.Context(), partition, "", 0, 0)
	for _, it := range items {
		stands[it.Key] = string(it.Body)
	}
	outcomes := map[string]int{}
	for _, a := range all {
		outcomes[a.outcome]++
		switch ours := stands[a.key] == a.body; {
		case a.outcome == done && !ours:
			t.Errorf("%q was acknowledged, and is not there", a.key.Sort)
		case a.outcome == conflict && ours:
			t.Errorf("%q was told as a conflict, and is there", a.key.Sort)
		}
	}
	if t.Logf("%d cuts: %v", cuts, outcomes); err != nil || cuts < 2 || outcomes[done]+outcomes[unsure] < each || outcomes[conflict] < each {
		t.Errorf("%d cuts, %v, %v: that shows little", cuts, outcomes, err)
	}
}

// An attempt is what a writer was told of an entry.
type attempt struct {
	key     core.Key
	body    string
	outcome string
}

func attemptAt(t *testing.T, s *firestore.Store, key core.Key) attempt {
	t.Helper()
	a := attempt{key: key, body: rand.Text()}
	_, err := s.Create(t.Context(), core.Item{Key: key, Body: []byte(a.body)})
	a.outcome = outcome(err)
	return a
}

// cutUntil cuts connections until the group is done, and returns how often.
func cutUntil(proxy *faults.Proxy, group *sync.WaitGroup) (cuts int) {
	ended := make(chan struct{})
	go func() { group.Wait(); close(ended) }()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for ; ; cuts++ {
		select {
		case <-tick.C:
			proxy.Cut()
		case <-ended:
			return cuts
		}
	}
}
