package runtime

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/patchbay-go/patchbay/local"
)

// notice is how long a process that registered an extension has after SIGTERM. Others are killed at once.
// https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-shutdown
const notice = 500 * time.Millisecond

// A sandbox is an execution environment: a Runtime API of its own and, where there is a bootstrap, the process that uses it.
type sandbox struct {
	function *Function
	ended    chan struct{} // closed with the process, when exit says how that came
	exit     error
	polled   chan struct{} // closed with its first poll
	began    time.Time     // when the process was started
	pid      int
	gentle   atomic.Bool // it wants SIGTERM: it registered an extension
	killed   sync.Once   // on purpose
	memory   atomic.Int64

	mu        sync.Mutex
	inFlight  map[string]*invocation // taken by the process, until it polls again
	polls     bool                   // it has polled
	doomed    bool                   // its time is over, and it is about to be ended
	dead      bool                   // it has ended, and what it was at has failed
	initError *local.Failure         // what it reported of its start
}

func newSandbox(f *Function) *sandbox {
	return &sandbox{function: f, inFlight: make(map[string]*invocation), ended: make(chan struct{}), polled: make(chan struct{})}
}

// boot starts the process and waits until it polls. A process that fails to is gone when boot returns.
func (s *sandbox) boot(limit time.Duration) *local.Failure {
	if err := s.start(); err != nil {
		return local.NewFailure(local.Unhandled, "Runtime.InvalidEntrypoint", "%v", err)
	}
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-s.polled:
		s.function.opts.Logger.Debug("function started", "pid", s.pid, "init", time.Since(s.began).Round(time.Microsecond))
		return nil
	case <-s.ended:
		select {
		case <-s.polled: // and ended just then: watch sees to what it was at
			return nil
		default:
			return s.startFailure()
		}
	case <-timer.C:
		s.stop()
		s.bury() // it may have polled at this very moment
		return local.NewFailure(local.TimedOut, "Sandbox.Timedout", "Task timed out after %.2f seconds: it has not asked for an event", limit.Seconds())
	case <-s.function.closed:
		s.stop()
		s.bury() // as above
		return local.NewFailure(local.Unhandled, "ServiceException", "the platform is shutting down")
	}
}

// startFailure is why a process ended before it polled, best in its own words.
func (s *sandbox) startFailure() *local.Failure {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.initError != nil {
		return s.initError
	}
	return local.NewFailure(local.Unhandled, "Runtime.ExitError", "Error: %s", exitText(s.exit))
}

// start starts the process with a Runtime API of its own, which ends with it.
func (s *sandbox) start() error {
	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("runtime API: %w", err)
	}
	opts := s.function.opts
	program, err := filepath.Abs(opts.Bootstrap)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	cmd := exec.CommandContext(context.Background(), program) //nolint:gosec // it is what the user wants to run; stop ends it, in Lambda's manner
	cmd.Dir = filepath.Dir(program)
	cmd.Env = environment(os.LookupEnv, listener.Addr().String(), cmd.Dir, opts)
	out, err := s.function.output.pipe()
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	cmd.Stdout, cmd.Stderr = out, out
	ownGroup(cmd)
	s.began = time.Now()
	if err := cmd.Start(); err != nil {
		_ = out.Close() // nobody has it
		if errors.Is(err, syscall.ENOEXEC) {
			err = fmt.Errorf("%w: it was built for another system or processor than this machine's, or is a script that names no interpreter", err)
		}
		return errors.Join(fmt.Errorf("start function: %w", err), listener.Close())
	}
	_ = out.Close() // the process has its own
	s.pid = cmd.Process.Pid
	server := &http.Server{Handler: s.handler(), ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = server.Serve(listener) }() // until it is closed, below
	go func() {
		s.exit = cmd.Wait()
		killGroup(s.pid)   // whatever it has started itself
		_ = server.Close() // its connections are dead
		close(s.ended)
	}()
	return nil
}

// watch waits for the end of a process that has polled, and fails what it was at.
func (s *sandbox) watch() {
	select {
	case <-s.ended:
	case <-s.function.closed:
		s.stop()
	}
	unanswered := s.bury()
	s.function.opts.Logger.Log(context.Background(), exitLevel(s.function, s.exit), "function ended",
		"pid", s.pid, "how", exitText(s.exit), "unanswered", unanswered)
}

// bury fails what an ended process was at, and returns how much that was.
func (s *sandbox) bury() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dead = true
	unanswered := 0
	for _, inv := range s.inFlight {
		inv.deadline.Stop()
		if s.failExited(inv) {
			unanswered++
		}
	}
	clear(s.inFlight)
	return unanswered
}

// failExited fails an invocation whose process has ended. It tells whether nobody else has done so.
func (s *sandbox) failExited(inv *invocation) bool {
	failure := local.NewFailure(local.Unhandled, "Runtime.ExitError", "RequestId: %s Error: %s", inv.id, exitText(s.exit))
	failed := inv.fail(failure)
	if failed {
		s.report(inv, failure)
	}
	return failed
}

// stop ends the process and returns when it is gone: it does at once, but for those that want a SIGTERM first.
func (s *sandbox) stop() {
	if s.gentle.Load() {
		terminate(s.pid)
		select {
		case <-s.ended:
			return
		case <-time.After(notice):
		}
	}
	killGroup(s.pid)
	<-s.ended
}

// take notes that the process has an invocation now, from when on its time runs.
func (s *sandbox) take(inv *invocation) {
	f := s.function
	s.mu.Lock()
	defer s.mu.Unlock()
	inv.began = time.Now()
	if s.dead {
		s.failExited(inv)
		return
	}
	s.inFlight[inv.id] = inv
	inv.deadline = time.AfterFunc(f.opts.Timeout, func() { s.timeOut(inv) })
	if s != f.alien && f.opts.Faults.Kill() {
		s.doom(inv)
	}
}

// doom chooses when the process that has an invocation is killed: as far into it as chance will, but at the latest when it answers, so
// that its work is done and the answer is lost; or, once in four times, as soon as the answer is out.
func (s *sandbox) doom(inv *invocation) {
	const whole = 3 * time.Second // of the invocation, in units of chance; the fourth second lies behind it
	moment := s.function.opts.Faults.Moment(4 * time.Second)
	if moment >= whole {
		inv.fate = diesAfter
		return
	}
	inv.fate = diesWithin
	time.AfterFunc(time.Duration(float64(s.function.lasting())*moment.Seconds()/whole.Seconds()), s.kill)
}

// kill is the fault: the process ends, whatever it is at.
func (s *sandbox) kill() {
	select {
	case <-s.ended: // and its id may be another's
	default:
		s.killed.Do(func() { s.function.opts.Logger.Info("function is killed on purpose", "pid", s.pid) })
		killGroup(s.pid)
	}
}

// timeOut fails an invocation that has taken too long, and ends its process. That was answered and did not poll again is as bad.
func (s *sandbox) timeOut(inv *invocation) {
	s.mu.Lock()
	_, current := s.inFlight[inv.id]
	s.doomed = s.doomed || current && s != s.function.alien
	s.mu.Unlock()
	if !current {
		return
	}
	limit := s.function.opts.Timeout
	s.fail(inv, local.NewFailure(local.TimedOut, "Sandbox.Timedout", "RequestId: %s Error: Task timed out after %.2f seconds", inv.id, limit.Seconds()))
	if s == s.function.alien {
		s.forget(inv)
		return
	}
	s.stop()
}

// poll notes that the process asks for an event, and so is done with what it has answered. It tells whether the process may have one.
func (s *sandbox) poll() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.polls {
		s.polls = true
		close(s.polled)
	}
	for id, inv := range s.inFlight {
		if inv.over() {
			inv.deadline.Stop()
			delete(s.inFlight, id)
		}
	}
	return !s.doomed
}

// forget lets go of an invocation that a function that was started elsewhere has not answered.
func (s *sandbox) forget(inv *invocation) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.inFlight, inv.id)
}

// find returns an invocation that the process has, or nil.
func (s *sandbox) find(id string) *invocation {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.inFlight[id]
}

func exitText(err error) string {
	if err == nil {
		return "Runtime exited without providing a reason"
	}
	return "Runtime exited with error: " + err.Error()
}
