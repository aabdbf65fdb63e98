//go:build peers

package browser

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/patchbay-go/patchbay/tests/process"
)

// limit is how long Chromium may take to start, and how long a test may be busy with one page.
const limit = time.Minute

// A Browser is a Chromium that runs for one test.
type Browser struct {
	ctx     context.Context //nolint:containedctx // it is chromedp's handle of the process
	limit   time.Duration
	command *exec.Cmd // nil before it was started
	printed *process.Log
	opened  int // pages
}

// options are chromedp's own and those that keep Chromium from asking for what a container does not give (a sandbox, much of
// /dev/shm, a graphics card) and from talking to anyone but the page's server.
func options(more ...chromedp.ExecAllocatorOption) []chromedp.ExecAllocatorOption {
	own := []chromedp.ExecAllocatorOption{
		chromedp.ExecPath("chromium"),
		chromedp.NoSandbox,
		chromedp.DisableGPU,
		chromedp.Flag("disable-dev-shm-usage", true),
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-domain-reliability", true),
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"),
	}
	return append(append(chromedp.DefaultExecAllocatorOptions[:], own...), more...)
}

// Start starts Chromium for a test and ends it with the test.
func Start(t testing.TB) *Browser {
	t.Helper()
	dir, err := os.MkdirTemp("", "browser-") //nolint:usetesting // a test's own name makes it too long for Chromium's socket
	if err != nil {
		t.Fatal(err)
	}
	b := &Browser{limit: limit, printed: &process.Log{}}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context())) // the clean-up ends it, later than t.Context
	allocator, freed := chromedp.NewExecAllocator(ctx, options(chromedp.UserDataDir(dir+"/profile"), chromedp.Env("TMPDIR="+dir),
		chromedp.CombinedOutput(b.printed), chromedp.ModifyCmdFunc(b.prepare))...)
	b.ctx, _ = chromedp.NewContext(allocator)
	t.Cleanup(func() {
		b.kill()
		freed()
		cancel()
		removeAll(t, dir)
	})

	// The first use starts Chromium and binds its life to the context, so that a deadline there would be one for all its life.
	late := time.AfterFunc(b.limit, cancel)
	defer late.Stop()
	if err := chromedp.Do(b.ctx); err != nil {
		t.Fatalf("start Chromium within %s: %v\n%s", b.limit, err, b.log())
	}
	return b
}

// prepare puts Chromium into a process group of its own, which kill can end as a whole. Chromium ends with the test's process too,
// should that be killed.
func (b *Browser) prepare(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	b.command = cmd
}

// kill ends Chromium and all that it has started.
func (b *Browser) kill() {
	if b.command != nil && b.command.Process != nil {
		_ = syscall.Kill(-b.command.Process.Pid, syscall.SIGKILL) // an error means that it is gone already
	}
}

// log is what Chromium has printed, without its many words about a bus that no container has.
func (b *Browser) log() string {
	var kept strings.Builder
	for line := range strings.Lines(b.printed.String()) {
		if !strings.Contains(line, "ERROR:dbus/") {
			kept.WriteString(line)
		}
	}
	return kept.String()
}

// removeAll removes a folder into which processes that are being killed may still write for a moment.
func removeAll(t testing.TB, dir string) {
	t.Helper()
	const patience = 5 * time.Second
	for end := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		err := os.RemoveAll(dir)
		if err == nil {
			return
		}
		if time.Now().After(end) {
			t.Errorf("somebody still writes into Chromium's folder: %v", err)
			return
		}
	}
}
