package delivery

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing/synctest"
	"time"

	"github.com/patchbay-go/patchbay/core"
)

// A run is one life of a small deployment. Its one goroutine decides about everything: which request goes on with its next call of
// the store, what goes wrong there, how time passes. What its requests do they do one at a time.
type run struct {
	rand    *rand.Rand
	ground  *ground
	now     time.Time // by the ground's clock, which is right
	calm    bool      // nothing goes wrong
	evening bool      // the day is over
	rules   rules

	witness   witness
	logs      logbook
	processes []*process
	requests  []*request // under way
	later     []lateCall
	names     int

	publishers []*publisher
	clients    []*client
	messages   []*message
	failures   []string
	tell       func(format string, args ...any)
}

// rules are what a run rolled for itself.
type rules struct {
	trimmer, tailer bool    // what the store can
	faults          float64 // of calls of the store
	deaths          float64 // of steps
	linger          time.Duration
	lives           []time.Duration // of messages
	shards          []int           // by process
	destination     core.Destination
	batch           int
}

func newRun(g *ground, seed uint64, tell func(string, ...any)) *run {
	r := &run{rand: rand.New(rand.NewPCG(seed, 1)), ground: g, now: g.clock.now(), tell: tell}
	r.logs = newLogbook(r)
	r.witness = witness{run: r, held: map[core.Key]core.Item{}}
	r.roll(seed%2 == 0)
	return r
}

// roll decides what kind of run it is.
func (r *run) roll(trimmer bool) {
	_, trims := r.ground.clean.(core.Trimmer)
	_, tails := r.ground.clean.(core.Tailer)
	trimmer = trimmer && trims
	r.rules = rules{
		trimmer: trimmer, tailer: trimmer || r.chance(0.7) && tails,
		faults: pick(r, 0, 0.02, 0.08, 0.2), deaths: pick(r, 0, 0.01, 0.03),
		lives:  pick(r, []time.Duration{5 * time.Second, time.Minute, 10 * time.Minute, 10 * time.Hour, 30 * time.Hour, 72 * time.Hour}, []time.Duration{5 * time.Second, time.Minute}),
		linger: pick(r, 0, time.Hour, 48*time.Hour, 48*time.Hour),
		shards: pick(r, []int{1, 1, 1}, []int{1, 1, 1}, []int{3, 3, 3}, []int{1, 3, 3}), batch: pick(r, 2, 3, 100),
	}
	r.rules.destination = core.Destination{Name: "d", Replay: r.chance(0.5), TTL: time.Hour, MaxTTL: 100 * time.Hour}
	for range 3 {
		r.processes = append(r.processes, r.newProcess(len(r.processes)))
	}
	for range 3 {
		r.publishers = append(r.publishers, &publisher{run: r})
	}
}

// resharded reports whether the count of shards changes in this run.
func (r *run) resharded() bool { return r.rules.shards[0] != r.rules.shards[1] }

func pick[T any](r *run, of ...T) T { return of[r.rand.IntN(len(of))] }

func (r *run) chance(p float64) bool { return r.rand.Float64() < p }

func (r *run) upTo(d time.Duration) time.Duration { return time.Duration(r.rand.Int64N(int64(d))) }

func (r *run) name(kind string) string {
	r.names++
	return fmt.Sprintf("%s%d", kind, r.names)
}

func (r *run) note(format string, args ...any) {
	if r.tell != nil {
		r.tell("%s "+format, append([]any{r.now.UTC().Format("02 15:04:05.000")}, args...)...)
	}
}

func (r *run) fail(format string, args ...any) {
	r.note("FAILURE: "+format, args...)
	r.failures = append(r.failures, fmt.Sprintf(format, args...))
}

// live is the whole run: some days on which anything may happen. After each, things calm down, and who has not got what it was
// promised is found out.
func (r *run) live() {
	r.open()
	for day := 1 + r.rand.IntN(4); day > 0 && len(r.failures) == 0; day-- {
		r.calms(false)
		if r.evening {
			r.evening = false
			for _, p := range r.publishers {
				p.act() // all at once, since what they find may be as old as it may be for some, and older for others
			}
		}
		for steps := 50 + r.rand.IntN(150); steps > 0 && len(r.failures) == 0 && !r.evening; steps-- {
			r.step()
		}
		r.settle()
		if day == 1 || r.chance(0.4) {
			r.takeStock()
		}
		r.rest()
	}
	r.close()
}

// open makes the clients, in calm.
func (r *run) open() {
	r.calms(true)
	// No connection ends here, so there is nothing to look for.
	it := core.Item{Key: core.Key{Partition: r.ground.realm + "/meta", Sort: "sweep"}, Body: []byte("999999999")}
	if _, err := (verbs{r}).Put(context.Background(), it); err != nil {
		r.fail("begin: %v", err)
		return
	}
	for _, kind := range []kind{polls, pick(r, polls, confirms, streams), pick(r, confirms, streams)} {
		r.clients = append(r.clients, newClient(r, kind))
	}
}

// calms lets nothing go wrong from now on, or lets it again.
func (r *run) calms(calm bool) {
	r.calm = calm
	if r.ground.wire != nil {
		r.ground.wire.Calm(calm)
	}
}

func (r *run) close() {
	r.calms(true)
	for _, p := range r.processes {
		r.kill(p)
	}
	time.Sleep(time.Second) // a pump that could not read tries once more before it ends
}

// step lets one thing happen.
func (r *run) step() {
	r.pass(time.Millisecond + r.upTo(30*time.Millisecond))
	waiting := r.waiting()
	switch {
	case r.chance(r.rules.deaths):
		r.die(r.rand.IntN(len(r.processes)))
	case r.chance(0.02):
		r.pass(min(r.upTo(5*time.Second), r.patience()))
	case len(waiting) > 0 && (len(r.requests) >= 5 || r.chance(0.75)):
		r.goOn(waiting[r.rand.IntN(len(waiting))])
	default:
		r.act()
	}
}

// goOn lets a request make its next call. One that has just raised a hint dies more often than others, and then nobody may come
// for the rest of the day: so there are hints that name nothing.
func (r *run) goOn(q *request) {
	hint := strings.HasSuffix(q.call, " head") && !strings.HasPrefix(q.call, "get")
	if r.resume(q, r.fate()); hint && !q.process.dead && r.chance(0.3) {
		r.die(slices.Index(r.processes, q.process))
		r.evening = r.chance(0.7)
	}
}

// act lets somebody begin something.
func (r *run) act() {
	switch n := r.rand.IntN(10); {
	case n < 4:
		pick(r, r.publishers...).act()
	case n < 9:
		pick(r, r.clients...).act()
	case r.rules.trimmer:
		p := r.anyProcess()
		r.start("sweep", p, func(ctx context.Context) error { return p.set.Sweep(ctx) }, func(error) {})
	}
}

// maxAge is how old a request that may append can be while it is still under way.
const maxAge = 15 * time.Second

// patience returns how much time may pass before a request is too old.
func (r *run) patience() time.Duration {
	left := maxAge
	for _, q := range r.requests {
		left = min(left, maxAge-r.now.Sub(q.began))
	}
	return max(left, 0)
}

// pass lets time pass: calls that were lost on their way take effect, requests that are too old end with their process.
func (r *run) pass(d time.Duration) {
	r.now = r.now.Add(d)
	r.ground.clock.set(r.now)
	for _, q := range slices.Clone(r.requests) {
		if r.now.Sub(q.began) > maxAge && !q.process.dead {
			r.note("%s is too old", q.what)
			r.die(slices.Index(r.processes, q.process))
		}
	}
	r.arrive()
	r.logs.remove()
}

// rest lets a long time pass, with nothing under way. It likes to end where an age that the rules name is just reached.
func (r *run) rest() {
	r.arriveAll()
	until := r.now
	switch n := r.rand.IntN(10); {
	case r.evening && n < 8:
		until = r.logs.raised.Add(aDay(r))
	case n < 2, n < 7 && r.rules.trimmer:
		until = until.Add(r.upTo(5 * time.Minute))
	case n < 3:
		until = until.Add(r.upTo(5 * time.Hour))
	case n < 5:
		until = until.Add(r.upTo(120 * time.Hour))
	case n < 6:
		until = r.logs.anchor().Add(48*time.Hour + r.upTo(time.Hour))
	default:
		until = r.logs.anchor().Add(aDay(r))
	}
	if until.After(r.now) {
		r.note("rest for %v", until.Sub(r.now))
		r.pass(until.Sub(r.now))
	}
}

// aDay is 24 hours, about which the clocks of processes do not agree.
func aDay(r *run) time.Duration { return 24*time.Hour - 4*time.Second + r.upTo(6*time.Second) }

// settle ends what is under way, well or by death.
func (r *run) settle() {
	for len(r.requests) > 0 {
		waiting := r.waiting()
		switch {
		case r.chance(0.1):
			r.die(slices.Index(r.processes, r.requests[0].process))
		case len(waiting) > 0:
			r.resume(waiting[0], goesWell)
		default:
			r.progress()
		}
	}
}

// takeStock lets everything calm down, then looks what is missing.
func (r *run) takeStock() {
	r.note("take stock")
	r.calms(true)
	r.arriveAll()
	for _, p := range r.publishers {
		p.giveUp()
	}
	r.pass(3 * time.Minute) // every process reads anew what it knows of the destination
	if r.rules.trimmer {
		p := r.anyProcess()
		r.complete("sweep", p, func(ctx context.Context) error { return p.set.Sweep(ctx) })
	}
	for _, c := range r.clients {
		c.catchUp()
		c.missing(true, nil)
	}
	r.logs.check()
}

// waiting returns the requests that wait for their next call of the store.
func (r *run) waiting() []*request {
	var list []*request
	for _, q := range r.requests {
		if q.is(waits) {
			list = append(list, q)
		}
	}
	return list
}

// complete runs a request to its end, in calm.
func (r *run) complete(what string, p *process, do func(context.Context) error) {
	done := false
	q := r.start(what, p, do, func(err error) {
		if done = true; err != nil {
			r.fail("%s, in calm: %v", what, err)
		}
	})
	for n := 0; !done && len(r.failures) == 0; n++ {
		if q.is(waits) {
			r.resume(q, goesWell)
		} else {
			r.progress()
		}
		if n > 10_000 {
			r.fail("%s, in calm: does not end", what)
			return
		}
	}
}

// progress lets all go on that do not wait for a call: for a moment, or another request of their process.
func (r *run) progress() {
	synctest.Wait()
	if slices.ContainsFunc(r.requests, func(q *request) bool { return q.is(busy) }) {
		time.Sleep(601 * time.Millisecond) // not a part of any timeout
		synctest.Wait()
	}
	for _, q := range r.requests {
		if q.is(busy) && q.mayWait {
			if q.patience--; q.patience < 0 { // it waits for messages
				q.cancel()
				synctest.Wait()
			}
		}
	}
	for {
		i := slices.IndexFunc(r.requests, func(q *request) bool { return q.is(over) })
		if i < 0 {
			return
		}
		q := r.requests[i]
		r.requests = slices.Delete(r.requests, i, i+1)
		q.finish()
	}
}
