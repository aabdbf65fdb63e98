package runtime

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/patchbay-go/patchbay/local"
)

// Options are the settings of a Function.
type Options struct {
	// Bootstrap is the program to run, as Lambda runs the file "bootstrap" of a custom runtime: without arguments, in its own folder.
	// Empty: nothing is started, and the function polls at [Function.Handler].
	Bootstrap string

	// Env are variables for the program, "NAME=VALUE", beside those that Lambda sets and over them. Of this process's own environment it
	// gets PATH, HOME and TMPDIR only.
	Env []string

	// Concurrency is how many processes there may be; zero: one. They are started when they are needed. An invocation that finds all of
	// them at work waits for one.
	Concurrency int

	// Timeout is how long an invocation may take; zero: 29 seconds. A process that takes longer is killed.
	Timeout time.Duration

	// InitTimeout is how long a process may take until it asks for its first event; zero: 10 seconds, as on Lambda.
	InitTimeout time.Duration

	// CheckMemory has the most memory that each process took beside others reported after each invocation, against what
	// AWS_LAMBDA_FUNCTION_MEMORY_SIZE in Env says that it may: 128 MB, if nothing. It works on Linux.
	CheckMemory bool

	// Faults are made on purpose: Kill is. Nil: none.
	Faults *local.Faults

	// Output gets what the processes print, line by line; nil: nobody does.
	Output io.Writer

	// Logger gets a line per invocation, and what happens to processes; nil: nobody does.
	Logger *slog.Logger
}

func (o *Options) withDefaults() *Options {
	var filled Options
	if o != nil {
		filled = *o
	}
	if filled.Concurrency <= 0 {
		filled.Concurrency = 1
	}
	if filled.Timeout <= 0 {
		filled.Timeout = 29 * time.Second
	}
	if filled.InitTimeout <= 0 {
		filled.InitTimeout = 10 * time.Second
	}
	if filled.Output == nil {
		filled.Output = io.Discard
	}
	if filled.Logger == nil {
		filled.Logger = slog.New(slog.DiscardHandler)
	}
	return &filled
}

// A Function takes events and gives them to its processes. All methods may be called at once.
type Function struct {
	opts   *Options
	output *lineWriter
	work   chan *invocation // from callers to whoever polls
	closed chan struct{}
	gone   sync.WaitGroup // one for each process
	hinted sync.Once
	alien  *sandbox // of a function that was started elsewhere; nil where there is a bootstrap

	mu       sync.Mutex
	running  int           // processes, and those that are to be
	starting int           // of them, those that have not polled yet
	waiting  int           // invocations that nobody has taken
	typical  time.Duration // of an invocation, lately
	ending   bool          // Close was called
}

// New returns a function of which no process runs yet. Call Close in the end.
func New(opts *Options) *Function {
	f := &Function{opts: opts.withDefaults(), work: make(chan *invocation), closed: make(chan struct{})}
	f.output = &lineWriter{w: f.opts.Output}
	if f.opts.Bootstrap == "" {
		f.alien = newSandbox(f)
	}
	return f
}

// Handler is the Runtime API for a function that was started elsewhere. It is nil where the Options name a bootstrap.
func (f *Function) Handler() http.Handler {
	if f.alien == nil {
		return nil
	}
	return f.alien.handler()
}

// Invoke hands the function an event and returns its whole answer. An error is a [*local.Failure], or the context's.
func (f *Function) Invoke(ctx context.Context, event []byte) (*local.Result, error) {
	inv := newInvocation(event, false)
	out, err := f.run(ctx, inv)
	if err != nil {
		return nil, err
	}
	return &local.Result{RequestID: inv.id, Payload: out.payload}, nil
}

// InvokeStream hands the function an event and returns when it has begun to answer. Errors are those of Invoke; the stream must be closed.
func (f *Function) InvokeStream(ctx context.Context, event []byte) (*local.Stream, error) {
	inv := newInvocation(event, true)
	out, err := f.run(ctx, inv)
	if err != nil {
		return nil, err
	}
	return &local.Stream{RequestID: inv.id, ContentType: out.contentType, Body: out.body}, nil
}

// run finds a process for the invocation and waits for its outcome.
func (f *Function) run(ctx context.Context, inv *invocation) (*outcome, error) {
	if len(inv.event) > local.MaxPayload {
		return nil, local.NewFailure(local.TooLarge, "RequestTooLargeException",
			"%d byte payload is too large for the RequestResponse invocation type (limit %d bytes)", len(inv.event), local.MaxPayload)
	}
	if err := f.submit(ctx, inv); err != nil {
		return nil, err
	}
	select {
	case out := <-inv.settled:
		if out.failure != nil {
			return nil, out.failure
		}
		return out, nil
	case <-ctx.Done():
		inv.abandon()
		return nil, ctx.Err()
	}
}

// submit hands the invocation to a process that polls, and has one started if none does.
func (f *Function) submit(ctx context.Context, inv *invocation) error {
	select {
	case f.work <- inv:
		return nil
	default:
	}
	f.await(1)
	defer f.await(-1)
	hint := time.AfterFunc(hintAfter, f.hint)
	defer hint.Stop()
	select {
	case f.work <- inv:
		return nil
	case <-f.closed:
		return local.NewFailure(local.Unhandled, "ServiceException", "the platform is shutting down")
	case <-ctx.Done():
		return ctx.Err()
	}
}

// hintAfter is how long an invocation waits for a process until the log says what may be the matter.
const hintAfter = 3 * time.Second

// hint tells once why an event waits: two mistakes that everybody makes look like a function that hangs.
func (f *Function) hint() {
	f.hinted.Do(func() {
		if f.alien != nil {
			f.opts.Logger.Warn("an event waits, and the function does not ask for it: has it been started, with AWS_LAMBDA_RUNTIME_API in its environment?")
			return
		}
		f.opts.Logger.Warn("an event waits, since all processes of the function are starting or at work", "processes", f.opts.Concurrency)
	})
}

// await counts invocations that nobody has taken, and starts processes for them.
func (f *Function) await(change int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.waiting += change
	f.scale()
}

// scale starts a process for each waiting invocation that none is starting for, as far as there may be more. f.mu is held.
func (f *Function) scale() {
	for f.alien == nil && !f.ending && f.waiting > f.starting && f.running < f.opts.Concurrency {
		f.running++
		f.starting++
		f.gone.Go(f.live)
	}
}

// Warm starts a process before anybody needs one.
func (f *Function) Warm() {
	f.await(1)
	f.await(-1)
}

// live is the life of a process, from its start to its end.
func (f *Function) live() {
	s, failure := f.boot()
	f.mu.Lock()
	f.starting--
	f.mu.Unlock()
	if failure != nil {
		f.opts.Logger.Error("function did not start", "error", failure)
		f.failOne(failure)
	} else {
		s.watch()
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.running--
	f.scale()
}

// boot starts a process. One that takes too long Lambda starts once more, in the time of the invocation that waits for it.
func (f *Function) boot() (*sandbox, *local.Failure) {
	s := newSandbox(f)
	failure := s.boot(f.opts.InitTimeout)
	if failure == nil || failure.Kind != local.TimedOut {
		return s, failure
	}
	f.opts.Logger.Warn("function took too long to start and is started again", "limit", f.opts.InitTimeout)
	s = newSandbox(f)
	return s, s.boot(f.opts.Timeout)
}

// failOne fails the invocation that a process was started for, if nobody else has taken it.
func (f *Function) failOne(failure *local.Failure) {
	select {
	case inv := <-f.work:
		inv.fail(failure)
	default:
	}
}

// took keeps in mind how long an invocation lasted, so that kills fall into one.
func (f *Function) took(d time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.typical == 0 {
		f.typical = d
	}
	f.typical += (d - f.typical) / 8
}

// lasting is how long invocations lasted lately; a millisecond, before there was one.
func (f *Function) lasting() time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	return max(f.typical, time.Millisecond)
}

// Close ends all processes, those that asked for it with SIGTERM and half a second's time, and returns when they are gone. What they
// were at fails. It may be called twice.
func (f *Function) Close() {
	f.mu.Lock()
	if !f.ending {
		f.ending = true
		close(f.closed)
	}
	f.mu.Unlock()
	f.gone.Wait()
	f.output.wait()
}
