//go:build peers

package browser

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/chromedp/cdproto/inspector"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
)

// maxLines is how many lines of a page's journal are kept: the last ones.
const maxLines = 200

// A journal keeps what Chromium tells of a page, for the report of a failure.
type journal struct {
	crashed func() // called when the page's process has died

	mu    sync.Mutex
	lines []string
	open  map[network.RequestID]string // requests without an end
}

func newJournal(crashed func()) *journal {
	return &journal{crashed: crashed, open: make(map[network.RequestID]string)}
}

// add is called by chromedp for every event of the page, and must not wait.
func (j *journal) add(event any) {
	j.mu.Lock()
	defer j.mu.Unlock()
	switch e := event.(type) {
	case *runtime.EventConsoleAPICalled:
		j.line("console %s: %s", e.Type, arguments(e.Args))
	case *runtime.EventExceptionThrown:
		j.line("exception: %s", exception(e.ExceptionDetails))
	case *log.EventEntryAdded:
		j.line("%s %s: %s %s", e.Entry.Source, e.Entry.Level, e.Entry.Text, e.Entry.URL)
	case *page.EventJavascriptDialogOpening:
		j.line("dialog %s: %s", e.Type, e.Message)
	case *network.EventRequestWillBeSent:
		j.open[e.RequestID] = e.Request.Method + " " + e.Request.URL
	case *network.EventLoadingFinished:
		delete(j.open, e.RequestID)
	case *network.EventLoadingFailed:
		j.line("request failed: %s: %s", j.open[e.RequestID], e.ErrorText)
		delete(j.open, e.RequestID)
	case *inspector.EventTargetCrashed:
		j.line("the page's process has died")
		j.crashed()
	}
}

func (j *journal) line(format string, args ...any) {
	if len(j.lines) == maxLines {
		j.lines = j.lines[1:]
	}
	j.lines = append(j.lines, fmt.Sprintf(format, args...))
}

// String returns the journal, with the requests that have not ended, streams among them.
func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	lines := slices.Clone(j.lines)
	for _, request := range j.open {
		lines = append(lines, "request without an end: "+request)
	}
	return strings.Join(lines, "\n")
}

func arguments(args []*runtime.RemoteObject) string {
	texts := make([]string, len(args))
	for i, a := range args {
		texts[i] = cmp.Or(a.Description, string(a.Value), string(a.Type))
	}
	return strings.Join(texts, " ")
}

func exception(e *runtime.ExceptionDetails) string {
	text := fmt.Sprintf("%s (%s:%d)", e.Text, e.URL, e.LineNumber+1)
	if e.Exception != nil {
		text += ": " + e.Exception.Description
	}
	return text
}
