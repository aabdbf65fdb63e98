package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"time"
)

// The measures of the codec part. A worker is asked with a line "MEASURE MILLISECONDS", repeats the measure for about that
// long and answers with a line of JSON: how many passes that were and how much CPU time they took.
const (
	measureDecode    = "decode"
	measureEncode    = "encode"
	measurePacketIn  = "packet in"
	measurePacketOut = "packet out"
)

var measures = []string{measureDecode, measureEncode, measurePacketIn, measurePacketOut}

// measurement is a worker's answer.
type measurement struct {
	Passes  int    `json:"passes"`
	CPU     int64  `json:"cpu_ns"`
	Process int64  `json:"process_cpu_ns,omitempty"` // where CPU leaves out other threads, such as a garbage collector's
	Allocs  uint64 `json:"allocs,omitempty"`         // of all passes; only Go's worker tells
	Failure string `json:"error,omitempty"`
}

// worker is a process that measures on request.
type worker struct {
	name  string
	cmd   *exec.Cmd
	stdin io.WriteCloser
	lines *bufio.Scanner
}

func startWorker(ctx context.Context, name string, args ...string) (*worker, error) {
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Stderr = os.Stderr
	cmd.Env = append(os.Environ(), "PYTHONDONTWRITEBYTECODE=1")
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	return &worker{name: name, cmd: cmd, stdin: stdin, lines: bufio.NewScanner(stdout)}, nil
}

func (w *worker) measure(name string, d time.Duration) (measurement, error) {
	if _, err := fmt.Fprintf(w.stdin, "%s\t%d\n", name, d.Milliseconds()); err != nil {
		return measurement{}, fmt.Errorf("%s: %w", w.name, err)
	}
	if !w.lines.Scan() {
		return measurement{}, fmt.Errorf("%s ended before it answered: %w", w.name, errors.Join(w.lines.Err(), w.cmd.Wait()))
	}
	var m measurement
	if err := json.Unmarshal(w.lines.Bytes(), &m); err != nil {
		return measurement{}, fmt.Errorf("%s answered %q: %w", w.name, w.lines.Text(), err)
	}
	if m.Failure != "" || m.Passes == 0 {
		return measurement{}, fmt.Errorf("%s: %s after %d passes: %s", w.name, name, m.Passes, m.Failure)
	}
	return m, nil
}

// stop ends the worker by ending its input.
func (w *worker) stop() {
	_ = w.stdin.Close()
	_ = w.cmd.Wait()
}

// startWorkers starts every program whose codec is measured, ours first.
func startWorkers(ctx context.Context, s settings) ([]*worker, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	vectors := filepath.Join(s.root, "wire/amf/testdata/vectors/bench")
	files := []string{filepath.Join(vectors, "amf3-orders.amf"), filepath.Join(vectors, "packet-orders.amf")}
	script := filepath.Join(s.root, "bench/amf/py3amf/codec_bench.py")
	programs := [][]string{
		{"ours", self, roleFlag, roleCodec},
		{"BlazeDS", "java", "-Xmx512m", "-XX:+UseSerialGC", "-cp", classPath(s), "patchbay.CodecBench"},
		{"Py3AMF compiled", filepath.Join(s.build, "py3amf-compiled/bin/python"), script},
		{"Py3AMF pure", filepath.Join(s.build, "py3amf/bin/python"), script},
	}
	var workers []*worker
	for _, p := range programs {
		w, err := startWorker(ctx, p[0], append(p[1:], files...)...)
		if err != nil {
			stopWorkers(workers)
			return nil, fmt.Errorf("%w (make bench-amf installs what is missing)", err)
		}
		workers = append(workers, w)
	}
	return workers, nil
}

func stopWorkers(workers []*worker) {
	for _, w := range workers {
		w.stop()
	}
}

func classPath(s settings) string {
	return filepath.Join(s.build, "blazeds/classes") + string(filepath.ListSeparator) + filepath.Join(s.build, "blazeds/lib/*")
}

// serveCodec is Go's worker: it answers requests from in on out until in ends.
func serveCodec(files []string, in io.Reader, out io.Writer) error {
	if len(files) != 2 {
		return errors.New("the codec's worker takes two files")
	}
	o, err := newOurs(files[0], files[1])
	if err != nil {
		return err
	}
	passes := o.measures()
	answers := json.NewEncoder(out)
	requests := bufio.NewScanner(in)
	for requests.Scan() {
		if err := answers.Encode(answer(requests.Text(), passes)); err != nil {
			return err
		}
	}
	return requests.Err()
}

func answer(request string, passes map[string]func() error) measurement {
	name, milliseconds, err := parseRequest(request)
	if err != nil {
		return measurement{Failure: err.Error()}
	}
	pass, ok := passes[name]
	if !ok {
		return measurement{Failure: "no measure named " + name}
	}
	return repeat(pass, milliseconds)
}

// repeat makes passes until the time is over. CPU time is the whole process's, so that it includes garbage collection.
func repeat(pass func() error, d time.Duration) measurement {
	var m measurement
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start, end := processCPU(), time.Now().Add(d)
	for time.Now().Before(end) {
		if err := pass(); err != nil {
			return measurement{Failure: err.Error()}
		}
		m.Passes++
	}
	m.CPU = (processCPU() - start).Nanoseconds()
	runtime.ReadMemStats(&after)
	m.Allocs = after.Mallocs - before.Mallocs
	return m
}

// processCPU is the CPU time of this process so far, user and system, all threads.
func processCPU() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err) // it has no reason to
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
