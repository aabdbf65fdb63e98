package delivery

import (
	"context"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/patchbay-go/patchbay/core"
)

// A process is a ChannelSet on the run's store, with a clock of its own.
type process struct {
	name string
	set  *core.ChannelSet
	dead bool
}

// newProcess starts a process in one of the deployment's places.
func (r *run) newProcess(place int) *process {
	p := &process{name: r.name("process")}
	skew := r.upTo(5*time.Second) - 2500*time.Millisecond
	o := &core.Options{
		Realm: r.ground.realm,
		Now:   func() time.Time { return r.ground.clock.now().Add(skew) }, Timeout: 10_000 * time.Hour, Secret: []byte("0123456789abcdef0123456789abcdef"),
		Random: &dice{source: rand.NewChaCha8([32]byte{byte(r.rand.Uint32()), byte(r.rand.Uint32()), byte(r.names), byte(r.names >> 8)})},
	}
	o.Limits.BatchMessages = r.rules.batch
	p.set = core.NewChannelSet(core.NewServiceMapper(), r.storeFor(), o)
	p.set.Map(&core.Channel{Name: "c", Endpoint: nobody{}})
	d := r.rules.destination
	d.Shards = r.rules.shards[place]
	p.set.AddDestination(&d)
	return p
}

type nobody struct{}

func (nobody) Traits() core.Traits                                          { return core.Traits{} }
func (nobody) Serve(context.Context, *core.ChannelSet, *core.Inbound) error { return nil }

// dice are a source of nonces that a seed tells.
type dice struct {
	mu     sync.Mutex
	source *rand.ChaCha8
}

func (d *dice) Read(p []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.source.Read(p)
}

func (r *run) anyProcess() *process { return r.processes[r.rand.IntN(len(r.processes))] }

// die ends a process between two calls. Another one takes its place, with nothing in memory.
func (r *run) die(place int) {
	p := r.processes[place]
	r.processes[place] = r.newProcess(place)
	r.note("%s dies, %s takes its place", p.name, r.processes[place].name)
	r.kill(p)
}

func (r *run) kill(p *process) {
	p.dead = true
	p.set.Drain()
	of := func(q *request) bool { return q.process == p }
	for _, q := range r.requests {
		if of(q) {
			q.cancel()
		}
	}
	for slices.ContainsFunc(r.requests, of) {
		r.progress()
		for _, q := range slices.Clone(r.requests) {
			if of(q) && q.is(waits) {
				q.becomes(busy)
				q.fate <- dies
			}
		}
	}
}
