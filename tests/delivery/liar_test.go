package delivery

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/stores/memory"
	"github.com/patchbay-go/patchbay/tests/faults"
)

// A liar is a store that does what it is asked to, on a wire with faults, and answers something else.
type liar struct {
	core.Store
	wire *faults.Plan
	lie  func(version uint64) (uint64, error)
}

func (l liar) Create(ctx context.Context, it core.Item) (uint64, error) {
	version, err := l.Store.Create(ctx, it)
	if err != nil {
		return 0, err
	}
	provoke(l.wire)
	return l.lie(version)
}

// provoke asks nothing of nobody until there is a fault about it.
func provoke(wire *faults.Plan) {
	t := &faults.Transport{Plan: wire, Base: nobodyThere{}, Busy: func(*http.Request) *http.Response { return nil }}
	for before := wire.Count(); wire.Count() == before; {
		_, _ = t.RoundTrip(&http.Request{})
	}
}

type nobodyThere struct{}

func (nobodyThere) RoundTrip(*http.Request) (*http.Response, error) { return nil, errLost }

// TestWitness: a driver that breaks its word fails its run, and one that leaves it open does not.
func TestWitness(t *testing.T) {
	it := core.Item{Key: core.Key{Partition: "p", Sort: "s"}, Body: []byte("x")}
	for _, c := range []struct {
		name string
		lie  func(version uint64) (uint64, error)
		want string // of the failure
	}{
		{"the truth", func(v uint64) (uint64, error) { return v, nil }, ""},
		{"no answer", func(uint64) (uint64, error) { return 0, errors.New("no answer") }, ""},
		{"a conflict", func(uint64) (uint64, error) { return 0, &core.ConflictError{Key: it.Key} }, "a conflict at p s, where the write took place"},
		{"another version", func(v uint64) (uint64, error) { return v + 1, nil }, "was written at p s, which holds"},
	} {
		t.Run(c.name, func(t *testing.T) {
			store, wire := memory.New(nil), faults.NewPlan(1)
			g := &ground{clean: store, store: liar{store, wire, c.lie}, wire: wire}
			r := &run{ground: g}
			r.witness = witness{run: r, held: map[core.Key]core.Item{}}
			_, took, _ := r.witness.see(t.Context(), &writing{Item: it, do: func(ctx context.Context) (uint64, error) { return g.store.Create(ctx, it) }})
			if !took {
				t.Error("the write is said not to have taken place")
			}
			failures := strings.Join(r.failures, "; ")
			if c.want == "" && failures != "" || !strings.Contains(failures, c.want) {
				t.Errorf("the run fails by %q, want %q", failures, c.want)
			}
		})
	}
}
