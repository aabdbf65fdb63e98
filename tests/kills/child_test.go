package kills

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"
)

// childVariable is what a process of ours has in its environment that is to be a worker: a job.
const childVariable = "PATCHBAY_KILLS_JOB"

// A job is what a worker that is a process of its own does.
type job struct {
	Kind        kind     `json:"kind"`
	Address     string   `json:"address"`
	Name        string   `json:"name"`
	Subscribers []string `json:"subscribers"`
}

func TestMain(m *testing.M) {
	if text := os.Getenv(childVariable); text != "" {
		if err := child(text, os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// child works until its input ends, so that it does not outlive who started it. A line of input ends its publishing. What it sees it prints
// before it does anything else about it.
func child(text string, in io.Reader, out io.Writer) error {
	var j job
	if err := json.Unmarshal([]byte(text), &j); err != nil {
		return err
	}
	ctx := context.Background()
	store, err := j.Kind.open(ctx, j.Address)
	if err != nil {
		return err
	}
	var mu sync.Mutex
	w := newWorker(store)
	w.tell = func(e event) {
		mu.Lock()
		defer mu.Unlock()
		fmt.Fprintln(out, e.line())
	}
	publishing, quiet := context.WithCancel(ctx)
	polling, end := context.WithCancel(ctx)
	go func() {
		defer end()
		defer quiet()
		for lines := bufio.NewScanner(in); lines.Scan(); {
			quiet()
		}
	}()
	w.work(publishing, polling, j.Name, 2, j.Subscribers)
	w.drain()
	return store.Close()
}

// A childProcess is a worker that is one.
type childProcess struct {
	cmd   *exec.Cmd
	in    io.WriteCloser
	ended chan struct{}
}

// start starts a worker as a process.
func (o *trial) start(name string, subscribers []string) *childProcess {
	o.t.Helper()
	text, err := json.Marshal(job{Kind: o.kind, Address: o.address, Name: name, Subscribers: subscribers})
	if err != nil {
		o.t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		o.t.Fatal(err)
	}
	p := &childProcess{cmd: exec.Command(self), ended: make(chan struct{})}
	p.cmd.Env = append(os.Environ(), childVariable+"="+string(text))
	p.cmd.Stderr = os.Stderr
	out, errOut := p.cmd.StdoutPipe()
	in, errIn := p.cmd.StdinPipe()
	if errOut != nil || errIn != nil {
		o.t.Fatal(errOut, errIn)
	}
	p.in = in
	if err := p.cmd.Start(); err != nil {
		o.t.Fatal(err)
	}
	go func() {
		defer close(p.ended)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			if e, ok := parseEvent(lines.Text()); ok { // else it was killed in the middle of a line
				o.ledger.note(e)
			}
		}
		_ = p.cmd.Wait()
	}()
	o.t.Cleanup(p.kill)
	return p
}

// kill ends the process without a word of warning.
func (p *childProcess) kill() {
	_ = p.cmd.Process.Kill() // an error means that it is gone
	<-p.ended
}

// quiet ends its publishing.
func (p *childProcess) quiet() { _, _ = fmt.Fprintln(p.in, "quiet") }

// end ends it, and returns how.
func (p *childProcess) end() error {
	_ = p.in.Close()
	select {
	case <-p.ended:
	case <-time.After(recovery):
		p.kill()
	}
	if s := p.cmd.ProcessState; !s.Success() {
		return fmt.Errorf("a worker ended with %s", s)
	}
	return nil
}

// processesDie kills workers that are processes, one and the other by turns, and has another take the place of each.
func (o *trial) processesDie() {
	o.t.Helper()
	places := [][]string{o.ids[:2], o.ids[2:]}
	var running []*childProcess
	for i, subscribers := range places {
		running = append(running, o.start(fmt.Sprintf("p%d", i), subscribers))
	}
	o.goesOn("at the beginning")
	for round := range *rounds {
		wait(o.t.Context(), work)
		i := round % len(places)
		running[i].kill()
		running[i] = o.start(fmt.Sprintf("p%d.%d", i, round), places[i])
		o.goesOn("after a process was killed")
	}
	for _, p := range running {
		p.quiet()
	}
	o.settles()
	for _, p := range running {
		if err := p.end(); err != nil {
			o.t.Error(err)
		}
	}
}
