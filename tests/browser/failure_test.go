//go:build peers

package browser

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// failing is a test that is about to fail: it keeps what it is told.
type failing struct {
	testing.TB
	told     strings.Builder
	cleanups []func()
	failed   bool
}

func (f *failing) Helper()             {}
func (f *failing) ArtifactDir() string { return f.TempDir() } // nobody wants to keep these
func (f *failing) Failed() bool        { return f.failed }
func (f *failing) Cleanup(c func())    { f.cleanups = append(f.cleanups, c) }
func (f *failing) Log(args ...any)     { fmt.Fprintln(&f.told, args...) }
func (f *failing) Fatal(args ...any)   { f.Log(args...); f.failed = true; runtime.Goexit() }
func (f *failing) Fatalf(format string, args ...any) {
	f.Fatal(fmt.Sprintf(format, args...))
}

// run runs a test to its end, clean-up included, and returns what it was told.
func (f *failing) run(test func()) string {
	done := make(chan struct{})
	go func() {
		defer close(done)
		test()
	}()
	<-done
	for _, cleanup := range slices.Backward(f.cleanups) {
		cleanup()
	}
	return f.told.String()
}

func TestFailureTellsWhatIsKnown(t *testing.T) {
	for name, c := range map[string]struct {
		html string
		do   func(p *Page)
		want []string
	}{
		"condition that never comes": {
			html: `<p>waiting</p><script>console.log("began", 1); fetch("/never"); throw new Error("thrown")</script>`,
			do:   func(p *Page) { p.Wait("window.finished") },
			want: []string{"wait for window.finished: the page's 2s are over", `console log: "began" 1`, "Error: thrown", "request without an end: GET", "/never", "<p>waiting</p>", "page1.png"},
		},
		"element that never comes": {
			html: `<p>nothing</p>`,
			do:   func(p *Page) { p.Click("button") },
			want: []string{"click on button: the page's 2s are over", "<p>nothing</p>"},
		},
		"page that never loads": {
			html: `<p>early</p><img src="/never">`,
			do:   func(*Page) {},
			want: []string{"open http", "the page's 2s are over", "request without an end: GET", "<p>early</p>"},
		},
		"dialog that nobody answers": {
			html: `<script>setTimeout(() => alert("hello"), 100)</script>`,
			do:   func(p *Page) { p.Wait("false") },
			want: []string{"wait for false: the page's 2s are over", "dialog alert: hello"},
		},
		"page that dies": {
			html: `<p>about to die</p>`,
			do: func(p *Page) {
				_ = chromedp.Do(p.tab, chromedp.Navigate("chrome://crash")) // fails, as it should
				p.Wait("false")
			},
			want: []string{"wait for false: the page's process has died"},
		},
		"no such server": {
			html: `<p>here</p>`,
			do:   func(p *Page) { p.Go("http://127.0.0.1:1") },
			want: []string{"ERR_UNSAFE_PORT"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			url := serve(t, c.html)
			f := &failing{TB: t}
			told := f.run(func() {
				b := Start(f)
				b.limit = 2 * time.Second
				c.do(b.Open(f, url))
			})
			if !f.failed {
				t.Error("the test did not fail")
			}
			for _, want := range c.want {
				if !strings.Contains(told, want) {
					t.Errorf("not told: %s", want)
				}
			}
			if t.Failed() {
				t.Log(told)
			}
		})
	}
}

func TestNothingIsLeft(t *testing.T) {
	f := &failing{TB: t}
	var b *Browser
	f.run(func() {
		b = Start(f)
		b.Open(f, serve(t, example))
	})
	for end := time.Now().Add(5 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if syscall.Kill(-b.command.Process.Pid, 0) == syscall.ESRCH {
			return
		}
	}
	t.Error("processes of Chromium's group are left")
}
