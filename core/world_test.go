package core_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/patchbay-go/patchbay/core"
)

// A world runs some processes over one store, one step at a time, in an order that its random source decides. A step is a call of the store,
// or of what else reaches beyond a process, such as a Pusher. It may fail before or after it took effect, its process may stand still
// before it for a minute, and die there. Time is virtual, and the processes' clocks are up to 5 seconds apart. It lives in a
// synctest bubble.
type world struct {
	t      *testing.T
	rand   *rand.Rand
	store  core.Store
	faults bool // steps fail, processes die and stand still

	rowPage int // push rows in a page; 0: as many as there are otherwise

	processes []*process
	over      chan struct{} // closed at the end: whoever still waits gives up

	mu      sync.Mutex
	waiting []*step
	trace   []string
}

// A process is a ChannelSet with a clock of its own, until it dies.
type process struct {
	world *world
	name  string
	set   *core.ChannelSet
	skew  time.Duration
	dead  bool
	still time.Time // until when it stands still
	acts  int       // under way

	setUp        func(*process) *core.Options
	destinations []*core.Destination
}

// A step waits for its turn.
type step struct {
	process *process
	what    string
	turn    chan fate
}

type fate int

const (
	goesWell fate = iota
	failsBefore
	failsAfter
)

var errDead = errors.New("the process is dead")

func newWorld(t *testing.T, seed uint64, store core.Store) *world {
	t.Helper()
	return &world{t: t, rand: rand.New(rand.NewPCG(seed, 0)), store: store, over: make(chan struct{})}
}

// start starts a process with the options that setUp makes for it.
func (w *world) start(setUp func(*process) *core.Options, destinations ...*core.Destination) *process {
	p := &process{world: w, name: fmt.Sprintf("p%d", len(w.processes)), skew: time.Duration(w.rand.IntN(5000)-2500) * time.Millisecond}
	p.setUp, p.destinations = setUp, destinations
	o := setUp(p)
	o.Now = func() time.Time { return time.Now().Add(p.skew) }
	p.set = core.NewChannelSet(core.NewServiceMapper(), worldStore{p}, o)
	for _, d := range destinations {
		p.set.AddDestination(d)
	}
	if w.rowPage > 0 {
		p.set.SetRowPage(w.rowPage)
	}
	w.processes = append(w.processes, p)
	return p
}

// step waits for a process's turn, then does what it is about. A dead process waits for ever.
func (w *world) step(p *process, what string, do func() error) error {
	s := &step{process: p, what: what, turn: make(chan fate, 1)}
	w.mu.Lock()
	w.waiting = append(w.waiting, s)
	w.mu.Unlock()
	select {
	case f := <-s.turn:
		if f == failsBefore {
			return errLost
		}
		err := do()
		if f == failsAfter {
			return errLost
		}
		return err
	case <-w.over:
		return errDead
	}
}

// An act is something that is done in a process. It begins when its turn comes.
type act func(p *process)

// begin begins an act in one of the living processes.
func (w *world) begin(a act) {
	var living []*process
	for _, p := range w.processes {
		if !p.dead {
			living = append(living, p)
		}
	}
	w.beginIn(living[w.rand.IntN(len(living))], a)
}

func (w *world) beginIn(p *process, a act) {
	w.mu.Lock()
	p.acts++
	w.mu.Unlock()
	go func() {
		a(p)
		w.mu.Lock()
		defer w.mu.Unlock()
		p.acts--
	}()
}

// run runs acts, at most so many at once, until all are done or their processes dead.
func (w *world) run(acts []act, atOnce int) {
	for idle := 0; idle < 10_000; {
		synctest.Wait()
		able, busy := w.able()
		switch {
		case len(acts) > 0 && busy < atOnce && (len(able) == 0 || w.rand.IntN(4) == 0):
			w.begin(acts[0])
			acts, idle = acts[1:], 0
		case len(able) > 0:
			w.turn(able[w.rand.IntN(len(able))])
			idle = 0
		case busy == 0:
			return
		default:
			time.Sleep(50 * time.Millisecond) // they sleep or stand still
			idle++
		}
	}
	w.t.Fatalf("acts do not end\n%s", w.history())
}

// advance lets one process alone do so many steps, or all that it has to do.
func (w *world) advance(p *process, steps int) (done int) {
	for done < steps {
		synctest.Wait()
		able, _ := w.able()
		able = slices.DeleteFunc(able, func(s *step) bool { return s.process != p })
		switch {
		case len(able) > 0:
			w.turn(able[0])
			done++
		case p.acts == 0:
			return done
		default:
			time.Sleep(50 * time.Millisecond)
		}
	}
	return done
}

// able returns the steps of living processes, and how many of their acts are under way.
func (w *world) able() (able []*step, busy int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, s := range w.waiting {
		if !s.process.dead && !time.Now().Before(s.process.still) {
			able = append(able, s)
		}
	}
	slices.SortStableFunc(able, func(a, b *step) int { return cmp.Compare(a.what, b.what) })
	for _, p := range w.processes {
		if !p.dead {
			busy += p.acts
		}
	}
	return able, busy
}

// turn lets a step be done, or something go wrong.
func (w *world) turn(s *step) {
	f := goesWell
	if w.faults {
		switch n := w.rand.IntN(100); {
		case n < 3:
			f = failsBefore
		case n < 6:
			f = failsAfter
		case n < 8:
			w.note(s.process, "dies before "+s.what)
			w.die(s.process)
			return
		case n < 13:
			w.note(s.process, "stands still before "+s.what)
			s.process.still = time.Now().Add(time.Duration(w.rand.IntN(90)) * time.Second)
			return
		}
	}
	w.note(s.process, s.what+[]string{"", ", fails before", ", fails after"}[f])
	w.mu.Lock()
	w.waiting = slices.DeleteFunc(w.waiting, func(o *step) bool { return o == s })
	w.mu.Unlock()
	s.turn <- f
}

// die ends a process, and another one takes its place.
func (w *world) die(p *process) {
	p.dead = true
	w.start(p.setUp, p.destinations...)
}

func (w *world) note(p *process, text string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.trace = append(w.trace, fmt.Sprintf("%s %s %s", time.Now().Format("15:04:05.000"), p.name, text))
}

// end lets everything end that still waits.
func (w *world) end() {
	close(w.over)
	for _, p := range w.processes {
		_ = p.set.Close()
	}
	for left := 1; left > 0; time.Sleep(time.Second) {
		left = 0
		w.mu.Lock()
		for _, p := range w.processes {
			left += p.acts
		}
		w.mu.Unlock()
	}
}

func (w *world) history() string { return strings.Join(w.trace, "\n") }

// A worldStore is the store as one process sees it: six verbs and no more.
type worldStore struct{ p *process }

func inTurn[T any](p *process, what string, call func() (T, error)) (v T, err error) {
	err = p.world.step(p, what, func() (err error) {
		v, err = call()
		return err
	})
	if err != nil {
		var zero T
		return zero, err
	}
	return v, nil
}

func (s worldStore) Get(ctx context.Context, keys ...core.Key) ([]core.Item, error) {
	return inTurn(s.p, fmt.Sprint("get ", keys), func() ([]core.Item, error) { return s.p.world.store.Get(ctx, keys...) })
}

func (s worldStore) Create(ctx context.Context, it core.Item) (uint64, error) {
	return inTurn(s.p, fmt.Sprint("create ", it.Key), func() (uint64, error) { return s.p.world.store.Create(ctx, it) })
}

func (s worldStore) Replace(ctx context.Context, it core.Item) (uint64, error) {
	return inTurn(s.p, fmt.Sprint("replace ", it.Key, " ", it.Version), func() (uint64, error) { return s.p.world.store.Replace(ctx, it) })
}

func (s worldStore) Put(ctx context.Context, it core.Item) (uint64, error) {
	return inTurn(s.p, fmt.Sprint("put ", it.Key), func() (uint64, error) { return s.p.world.store.Put(ctx, it) })
}

func (s worldStore) Delete(ctx context.Context, key core.Key, version uint64) error {
	return s.p.world.step(s.p, fmt.Sprint("delete ", key), func() error { return s.p.world.store.Delete(ctx, key, version) })
}

func (s worldStore) Range(ctx context.Context, partition, after string, limit, bytes int) ([]core.Item, error) {
	return inTurn(s.p, fmt.Sprint("range ", partition, " ", after), func() ([]core.Item, error) {
		return s.p.world.store.Range(ctx, partition, after, limit, bytes)
	})
}

func (s worldStore) Close() error { return nil }
