package storetest

import (
	"context"
	"errors"

	"github.com/patchbay-go/patchbay/core"
)

// testTrim: Trim removes what is below, and nothing else.
func testTrim(s *subject) {
	t := s.t
	trimmer, ok := s.Store.(core.Trimmer)
	if !ok {
		return // an optional power
	}
	sorts := s.fill(50, "x")
	other := s.mustCreate(core.Item{Key: core.Key{Partition: s.p + "/other", Sort: sorts[0]}, Body: []byte("x")})
	for _, c := range []struct {
		below string
		want  []string
	}{{sorts[0], sorts}, {sorts[20], sorts[20:]}, {sorts[20] + "0", sorts[21:]}, {sorts[3], sorts[21:]}, {"~", []string{}}, {"~", []string{}}} {
		if err := trimmer.Trim(t.Context(), s.p, c.below); err != nil {
			t.Fatalf("Trim(below %q): %v", c.below, err)
		}
		s.wantSorts(s.allSorts(0, 0), c.want)
	}
	s.wantOnly(other)
}

// testWait: Wait returns when something stands behind one of the keys, also when it already does, and else with ctx.
func testWait(s *subject) {
	t := s.t
	waiter, ok := s.Store.(core.Waiter)
	if !ok {
		return // an optional power
	}
	stands := s.mustCreate(s.item("m", "x"))
	ended, end := context.WithCancel(t.Context())
	end()
	if err := waiter.Wait(ended, []core.Key{stands.Key, s.key("z")}); !errors.Is(err, context.Canceled) {
		t.Errorf("Wait behind the last, with an ended context: %v", err)
	}
	elsewhere := core.Key{Partition: s.p + "/other", Sort: "a"}
	for _, after := range [][]core.Key{{s.key("a")}, {elsewhere, s.key("l")}} {
		if err := waiter.Wait(t.Context(), after); err != nil {
			t.Errorf("Wait behind what was passed: %v", err)
		}
	}
	// Whether the write comes before the wait or while it lasts, it is seen.
	for n, partition := range []string{s.p, elsewhere.Partition, s.p, elsewhere.Partition} {
		waited := make(chan error, 1)
		after := []core.Key{{Partition: s.p, Sort: entry(n)}, {Partition: elsewhere.Partition, Sort: entry(n)}}
		s.mustDelete(stands.Key, 0)
		go func() { waited <- waiter.Wait(t.Context(), after) }()
		stands = s.mustCreate(core.Item{Key: core.Key{Partition: partition, Sort: entry(n + 1)}})
		if err := <-waited; err != nil {
			t.Errorf("Wait for a write to %q: %v", partition, err)
		}
	}
}
