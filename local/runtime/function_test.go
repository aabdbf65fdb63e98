package runtime

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/patchbay-go/patchbay/local"
)

// A buffer can be written to and read at once.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// function runs the test's own binary as a function, and shows its log when the test has failed.
func function(t *testing.T, mode string, opts *Options) (*Function, *buffer) {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	log := &buffer{}
	opts.Bootstrap = program
	opts.Env = append(opts.Env, modeVariable+"="+mode)
	opts.Output, opts.Logger = log, slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	f := New(opts)
	t.Cleanup(func() {
		f.Close()
		if t.Failed() {
			t.Log(log)
		}
	})
	return f, log
}

func invoke(t *testing.T, f *Function, o order) string {
	t.Helper()
	result, err := f.Invoke(t.Context(), event(t, o))
	if err != nil {
		t.Fatalf("%s: %v", o.Do, err)
	}
	return string(result.Payload)
}

// refused returns the failure that an invocation ends with.
func refused(t *testing.T, f *Function, o order) *local.Failure {
	t.Helper()
	result, err := f.Invoke(t.Context(), event(t, o))
	failure, ok := errors.AsType[*local.Failure](err)
	if !ok {
		t.Fatalf("%s: got %v, %v, want a failure", o.Do, result, err)
	}
	return failure
}

func TestWhatAFunctionIsTold(t *testing.T) {
	t.Setenv("NOT_FOR_FUNCTIONS", "secret")
	f, _ := function(t, "serve", &Options{Env: []string{"OWN=mine", variableRAM + "=512"}, Timeout: time.Minute})
	before := time.Now()
	result, err := f.Invoke(t.Context(), event(t, order{Do: "tell"}))
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]string
	if err := json.Unmarshal(result.Payload, &got); err != nil {
		t.Fatal(err)
	}
	program, _ := os.Executable()
	folder, _ := filepath.EvalSymlinks(filepath.Dir(program))
	for key, want := range map[string]string{
		"id": result.RequestID, "arn": "arn:aws:lambda:us-east-1:123456789012:function:function", "folder": folder,
		"user": "mine", "inherited": "", "region": "us-east-1", "memory": "512",
	} {
		if got[key] != want {
			t.Errorf("%s: got %q, want %q", key, got[key], want)
		}
	}
	ms, _ := strconv.ParseInt(got["deadline"], 10, 64)
	if left := time.UnixMilli(ms).Sub(before); left < 59*time.Second || left > 62*time.Second {
		t.Errorf("deadline: got %s from now, want a minute", left)
	}
	if !strings.HasPrefix(got["trace"], "Root=1-") {
		t.Errorf("trace: got %q", got["trace"])
	}
}

func TestFailures(t *testing.T) {
	for _, row := range []struct {
		name    string
		mode    string
		order   order
		kind    local.Kind
		typ     string
		message string // a part of it
		payload string // a part of it
	}{
		{name: "error", order: order{Do: "fail"}, typ: "errorString", message: "cannot", payload: `"errorMessage":"cannot"`},
		{name: "panic", order: order{Do: "panic"}, typ: "string", message: "out of order", payload: `"stackTrace":[`},
		{name: "exit", order: order{Do: "exit", Bytes: 7}, typ: "Runtime.ExitError", message: "Runtime exited with error: exit status 7"},
		{name: "exit without an error", order: order{Do: "exit"}, typ: "Runtime.ExitError", message: "Runtime exited without providing a reason"},
		{name: "too late", order: order{Do: "sleep", Sleep: time.Hour}, kind: local.TimedOut, typ: "Sandbox.Timedout", message: "Task timed out after 0.30 seconds"},
		{name: "answer too large", order: order{Do: "large", Bytes: local.MaxResponse + 1}, typ: "Function.ResponseSizeTooLarge",
			message: "Response payload size exceeded maximum allowed payload size (6291556 bytes)."},
		{name: "ends at start", mode: "exit", typ: "Runtime.ExitError", message: "Error: Runtime exited with error: exit status 3"},
		{name: "hangs at start", mode: "hang", kind: local.TimedOut, typ: "Sandbox.Timedout", message: "it has not asked for an event"},
	} {
		t.Run(row.name, func(t *testing.T) {
			if row.mode == "" {
				row.mode = "serve"
			}
			opts := &Options{Timeout: 10 * time.Second}
			if row.kind == local.TimedOut {
				opts.Timeout, opts.InitTimeout = 300*time.Millisecond, 200*time.Millisecond
			}
			if row.name == "too late" {
				opts.InitTimeout = 10 * time.Second
			}
			f, _ := function(t, row.mode, opts)
			got := refused(t, f, row.order)
			if got.Kind != row.kind || got.Type != row.typ || !strings.Contains(got.Message, row.message) {
				t.Errorf("got %d, %s: %s\nwant %d, %s: ... %s", got.Kind, got.Type, got.Message, row.kind, row.typ, row.message)
			}
			if !strings.Contains(string(got.Payload), row.payload) || !json.Valid(got.Payload) {
				t.Errorf("payload: got %s, want JSON with %s", got.Payload, row.payload)
			}
			if row.mode == "serve" { // the next one finds a process that is well
				if got := invoke(t, f, order{Do: "?"}); got != `"?"` {
					t.Errorf("afterwards: got %s", got)
				}
			}
		})
	}
}

func TestSizes(t *testing.T) {
	f, _ := function(t, "serve", &Options{})
	if got := invoke(t, f, order{Do: "large", Bytes: local.MaxResponse}); len(got) != local.MaxResponse {
		t.Errorf("the largest answer: got %d bytes", len(got))
	}
	padding := bytes.Repeat([]byte(" "), local.MaxPayload-2)
	if _, err := f.Invoke(t.Context(), append([]byte("{}"), padding...)); err != nil {
		t.Errorf("the largest event: got %v", err)
	}
	_, err := f.Invoke(t.Context(), append([]byte("{} "), padding...))
	if failure, ok := errors.AsType[*local.Failure](err); !ok || failure.Kind != local.TooLarge || failure.Type != "RequestTooLargeException" {
		t.Errorf("a larger event: got %v", err)
	}
}

func TestParallel(t *testing.T) {
	for name, opts := range map[string]*Options{
		"two processes":             {Concurrency: 2},
		"one process, two polls":    {Env: []string{"AWS_LAMBDA_MAX_CONCURRENCY=2"}},
		"one process, one at once":  nil,
		"two processes, two events": {Concurrency: 2, Env: []string{"AWS_LAMBDA_MAX_CONCURRENCY=2"}},
	} {
		t.Run(name, func(t *testing.T) {
			alone := opts == nil
			if alone {
				opts = &Options{Timeout: time.Second}
			}
			f, _ := function(t, "serve", opts)
			folder := t.TempDir()
			var met sync.Map
			var both sync.WaitGroup
			for i := range 2 {
				both.Go(func() {
					result, err := f.Invoke(t.Context(), event(t, order{Do: "wait for file", Path: folder}))
					met.Store(i, err == nil && string(result.Payload) == `"met"`)
				})
			}
			both.Wait()
			first, _ := met.Load(0)
			second, _ := met.Load(1)
			switch {
			case !alone && (!first.(bool) || !second.(bool)):
				t.Error("two invocations did not meet, so they did not run at once")
			case alone && first.(bool) == second.(bool): // the second finds the first one's file
				t.Errorf("with one process the first waits in vain: got %v, %v", first, second)
			}
		})
	}
}

func TestStream(t *testing.T) {
	f, _ := function(t, "serve", &Options{})
	path := filepath.Join(t.TempDir(), "go on")
	s, err := f.InvokeStream(t.Context(), event(t, order{Do: "stream", Bytes: 8, Path: path}))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Body.Close() }()
	half := make([]byte, 4)
	if _, err := io.ReadFull(s.Body, half); err != nil || s.ContentType != "text/plain" {
		t.Fatalf("the first half, while the function is at work: got %q (%s), %v", half, s.ContentType, err)
	}
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	rest, err := io.ReadAll(s.Body)
	if string(rest) != "xxxx" || err != nil {
		t.Errorf("the rest: got %q, %v", rest, err)
	}
}

func TestStreamFailures(t *testing.T) {
	for _, row := range []struct {
		order order
		kind  local.Kind
		typ   string
		body  string
	}{
		{order: order{Do: "stream and fail"}, typ: "errorString", body: "some"},
		{order: order{Do: "stream and hang"}, kind: local.TimedOut, typ: "Sandbox.Timedout", body: "some"},
		{order: order{Do: "fail"}, typ: "errorString"},
	} {
		t.Run(row.order.Do, func(t *testing.T) {
			f, _ := function(t, "serve", &Options{Timeout: time.Second})
			var body []byte
			s, err := f.InvokeStream(t.Context(), event(t, row.order))
			if err == nil {
				body, err = io.ReadAll(s.Body)
			}
			failure, _ := errors.AsType[*local.Failure](err)
			if failure == nil || failure.Kind != row.kind || failure.Type != row.typ || string(body) != row.body {
				t.Errorf("got %q, %v, want %q and %s", body, err, row.body, row.typ)
			}
		})
	}
}

// A caller that goes early does not hold up the function, and the function's answer does not reach the next caller.
func TestCallerGoes(t *testing.T) {
	f, _ := function(t, "serve", &Options{})
	invoke(t, f, order{Do: "?"})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := f.Invoke(ctx, event(t, order{Do: "sleep", Sleep: 200 * time.Millisecond})); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want the context's error", err)
	}
	if got := invoke(t, f, order{Do: "?"}); got != `"?"` {
		t.Errorf("the next: got %s", got)
	}
	s, err := f.InvokeStream(t.Context(), event(t, order{Do: "stream", Bytes: 10 << 20}))
	if err != nil {
		t.Fatal(err)
	}
	_ = s.Body.Close()
	if got := invoke(t, f, order{Do: "?"}); got != `"?"` {
		t.Errorf("after a stream that nobody read: got %s", got)
	}
}

func TestEnd(t *testing.T) {
	t.Run("SIGTERM where it is asked for", func(t *testing.T) {
		f, log := function(t, "sigterm", &Options{})
		invoke(t, f, order{Do: "?"})
		f.Close()
		if !strings.Contains(log.String(), "flushed\n") {
			t.Errorf("the function was not told of its end:\n%s", log)
		}
	})
	t.Run("SIGTERM at a timeout", func(t *testing.T) {
		f, log := function(t, "sigterm", &Options{Timeout: 200 * time.Millisecond})
		if got := refused(t, f, order{Do: "sleep", Sleep: time.Hour}); got.Kind != local.TimedOut {
			t.Errorf("got %v", got)
		}
		f.Close()
		if !strings.Contains(log.String(), "flushed\n") {
			t.Errorf("the function was not told of its end:\n%s", log)
		}
	})
	t.Run("no SIGTERM where it is not", func(t *testing.T) {
		f, log := function(t, "serve", &Options{})
		invoke(t, f, order{Do: "?"})
		f.Close()
		f.Close()
		if !strings.Contains(log.String(), "signal: killed") {
			t.Errorf("the function was not killed:\n%s", log)
		}
		if got := refused(t, f, order{Do: "?"}); got.Type != "ServiceException" {
			t.Errorf("afterwards: got %v", got)
		}
	})
}

// What a function has started in a group of its own lives on with what it prints to, and nobody waits for that.
func TestEndWithSomebodyLeftBehind(t *testing.T) {
	f, _ := function(t, "serve", &Options{})
	pid, err := strconv.Atoi(invoke(t, f, order{Do: "leave somebody behind"}))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = syscall.Kill(pid, syscall.SIGKILL) }()
	closed := make(chan struct{})
	go func() {
		f.Close()
		close(closed)
	}()
	select {
	case <-closed:
	case <-time.After(30 * time.Second):
		t.Error("Close waits for it")
	}
}

// A kill takes the process in any case: most times before its answer counts, and else right behind it.
func TestKill(t *testing.T) {
	f, log := function(t, "serve", &Options{Faults: local.NewFaults(local.Probabilities{Kill: 1}, 1)})
	answered, killed := 0, 0
	pids := map[string]bool{}
	for range 20 {
		result, err := f.Invoke(t.Context(), event(t, order{Do: "sleep", Sleep: time.Millisecond}))
		failure, _ := errors.AsType[*local.Failure](err)
		switch {
		case err == nil:
			answered++
			pids[string(result.Payload)] = true
		case failure != nil && (strings.Contains(failure.Message, "signal: killed") || failure.Type == "Runtime.TruncatedResponse"):
			killed++
		default:
			t.Fatalf("got %v, %v", result, err)
		}
	}
	f.Close()
	if answered == 0 || killed <= answered || len(pids) != answered {
		t.Errorf("%d were answered, by %d processes, and %d killed; want some of each, and more killed", answered, len(pids), killed)
	}
	if n := strings.Count(log.String(), "on purpose"); n != 20 {
		t.Errorf("%d processes were killed, want 20", n)
	}
}

func TestMemory(t *testing.T) {
	f, log := function(t, "serve", &Options{CheckMemory: true, Env: []string{variableRAM + "=64"}})
	invoke(t, f, order{Do: "eat", Bytes: 1 << 20})
	if strings.Contains(log.String(), "overMemory") || !strings.Contains(log.String(), "configuredMB=64") {
		t.Errorf("little: got\n%s", log)
	}
	invoke(t, f, order{Do: "eat", Bytes: 80 << 20})
	if !strings.Contains(log.String(), "level=WARN") || !strings.Contains(log.String(), "overMemory=true") {
		t.Errorf("much: got\n%s", log)
	}
}

func TestOutput(t *testing.T) {
	f, log := function(t, "exit", &Options{})
	if got := refused(t, f, order{}); got.Type != "Runtime.ExitError" {
		t.Errorf("got %v", got)
	}
	f.Close()
	if !strings.Contains(log.String(), "no such table\n") {
		t.Errorf("what the function said at its end was lost:\n%s", log)
	}
}

func TestNoProgram(t *testing.T) {
	f := New(&Options{Bootstrap: "testdata/nothing"})
	defer f.Close()
	if got := refused(t, f, order{}); got.Type != "Runtime.InvalidEntrypoint" {
		t.Errorf("got %v", got)
	}
}
