package delivery

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"slices"
	"sync/atomic"
	"time"

	"github.com/patchbay-go/patchbay/core"
)

// A request is one thing that a process does, in a goroutine that waits before each call of the store.
type request struct {
	run      *run
	what     string
	process  *process
	began    time.Time
	cancel   context.CancelFunc
	mayWait  bool // for messages
	patience int  // how many steps of others it waits before it is ended

	state atomic.Int32 // a state: who sleeps wakes while the run looks
	call  string
	fate  chan fate
	err   error
	then  func(error)
}

type state int32

const (
	busy  state = iota // it computes or sleeps
	waits              // for its next call of the store
	over
)

func (q *request) is(s state) bool { return state(q.state.Load()) == s }

func (q *request) becomes(s state) { q.state.Store(int32(s)) }

// A fate is what becomes of a call of the store.
type fate int

const (
	goesWell fate = iota
	failsBefore
	failsAfter
	failsLater // it takes effect when nobody waits for it any more
	dies       // the process does
)

func (f fate) String() string {
	return [...]string{"", ", fails before", ", fails after", ", lost on its way", ", dies"}[f]
}

var (
	errLost = errors.New("no answer from the store")
	errDied = errors.New("the process died")
)

type requestKey struct{}

// start begins a request. then is told of its end by the run: errDied where its process has died.
func (r *run) start(what string, p *process, do func(context.Context) error, then func(error)) *request {
	return r.begin(&request{what: what, process: p, then: then}, do)
}

func (r *run) begin(q *request, do func(context.Context) error) *request {
	q.run, q.what, q.began, q.fate = r, r.name(q.what), r.now, make(chan fate)
	r.note("%s begins in %s", q.what, q.process.name)
	ctx, cancel := context.WithCancel(context.Background())
	q.cancel = cancel
	r.requests = append(r.requests, q)
	go func() {
		defer func() {
			if p := recover(); p != nil {
				q.err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
			}
			q.becomes(over)
		}()
		q.err = do(context.WithValue(ctx, requestKey{}, q))
	}()
	r.progress()
	return q
}

// finish tells what came of the request.
func (q *request) finish() {
	q.cancel()
	if q.process.dead {
		q.err = errDied
	}
	if !mayFail(q.err) {
		q.run.fail("%s: %v", q.what, q.err)
	}
	if q.err != nil {
		q.run.note("%s: %v", q.what, q.err)
	} else {
		q.run.note("%s: done", q.what)
	}
	q.then(q.err)
}

// mayFail reports whether an error is one of those that the run made.
func mayFail(err error) bool {
	return err == nil || errors.Is(err, errLost) || errors.Is(err, errDied) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) ||
		core.AsFault(err).Code == core.Conflict || errors.Is(err, core.ErrReplaced) || errors.Is(err, core.ErrDraining)
}

// resume lets a request make its call.
func (r *run) resume(q *request, f fate) {
	r.note("%s: %s%v", q.what, q.call, f)
	q.becomes(busy)
	q.fate <- f
	r.progress()
}

// fate rolls what becomes of a call.
func (r *run) fate() fate {
	if r.calm || !r.chance(r.rules.faults) {
		return goesWell
	}
	return pick(r, failsBefore, failsAfter, failsAfter, failsLater)
}

// await waits for the fate of a call.
func (q *request) await(call string) fate {
	q.call = call
	q.becomes(waits)
	f := <-q.fate
	if f == dies || q.process.dead {
		runtime.Goexit()
	}
	return f
}

// A lateCall takes effect when nobody waits for it any more.
type lateCall struct {
	at   time.Time
	what string
	do   func()
}

func (r *run) lose(what string, do func()) {
	r.later = append(r.later, lateCall{r.now.Add(r.upTo(10 * time.Second)), what, do})
}

// arrive lets late calls take effect whose time has come.
func (r *run) arrive() {
	var due []lateCall
	r.later = slices.DeleteFunc(r.later, func(c lateCall) bool {
		if !c.at.After(r.now) {
			due = append(due, c)
		}
		return !c.at.After(r.now)
	})
	for _, c := range due {
		r.note("arrives late: %s", c.what)
		c.do()
	}
}

func (r *run) arriveAll() {
	for len(r.later) > 0 {
		r.pass(time.Second)
	}
}
