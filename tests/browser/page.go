//go:build peers

package browser

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// A Page is one page of a Browser, in a window of its own of 1280 by 900 pixels, with a cache and a storage of its own. Its methods
// end the test where they cannot do what they are asked within the page's time. Elements are named by CSS selectors.
type Page struct {
	t       testing.TB
	browser *Browser
	number  int             // of the browser's pages, from 1
	tab     context.Context //nolint:containedctx // chromedp's handle of the page
	ctx     context.Context //nolint:containedctx // the tab's, until the page's time is over or its process has died
	journal *journal
}

var errCrashed = errors.New("the page's process has died")

// Open opens a page and returns when it has loaded. The page is closed at the end of the test t, which may be a part of the one that
// has started the browser; where t has failed by then, for whatever reason, what is known of the page goes into its log.
func (b *Browser) Open(t testing.TB, url string) *Page {
	t.Helper()
	b.opened++
	p := &Page{t: t, browser: b, number: b.opened}
	life, end := context.WithCancel(b.ctx)
	tab, closed := chromedp.NewContext(life, chromedp.WithNewBrowserContext(), chromedp.WithListener(func(event any) { p.journal.add(event) }))
	ctx, crash := context.WithCancelCause(tab)
	p.journal = newJournal(func() { crash(errCrashed) })
	ctx, cancel := context.WithTimeoutCause(ctx, b.limit, fmt.Errorf("the page's %s are over", b.limit))
	p.tab, p.ctx = tab, ctx
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(p.report())
		}
		cancel()
		closed()
		end()
	})

	late := time.AfterFunc(b.limit, end) // as in Start: the first use binds the page's life to its context
	err := chromedp.Do(tab)
	late.Stop()
	if err != nil {
		t.Fatalf("open a page within %s: %v", b.limit, err)
	}
	p.Resize(1280, 900)
	p.Go(url)
	return p
}

// Go opens another address in the page and returns when it has loaded. Where only the part behind "#" is another, nothing is loaded.
func (p *Page) Go(url string) {
	p.t.Helper()
	p.do("open "+url, chromedp.Navigate(url))
}

// Wait returns when a JavaScript expression is true. An exception means not yet.
func (p *Page) Wait(condition string) {
	p.t.Helper()
	const pause = 20 * time.Millisecond
	for {
		ok, err := chromedp.Run(p.ctx, chromedp.Evaluate[bool]("!!("+condition+")"))
		if ok {
			return
		}
		select {
		case <-time.After(pause):
		case <-p.ctx.Done():
			p.fail("wait for "+condition, err)
		}
	}
}

// WaitFor returns when there is an element, seen or not.
func (p *Page) WaitFor(selector string) {
	p.t.Helper()
	p.Wait(fmt.Sprintf("document.querySelector(%s)", strconv.Quote(selector)))
}

// WaitText returns when the first element has a text.
func (p *Page) WaitText(selector string) {
	p.t.Helper()
	p.Wait(fmt.Sprintf("document.querySelector(%s).textContent", strconv.Quote(selector)))
}

func (p *Page) do(what string, steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	if err := chromedp.Do(p.ctx, steps...); err != nil {
		p.fail(what, err)
	}
}

// fail ends the test. Why the page's time has ended says more than what that did to the step.
func (p *Page) fail(what string, err error) {
	p.t.Helper()
	if cause := context.Cause(p.ctx); cause != nil {
		err = cause
	}
	p.t.Fatalf("page %d: %s: %v", p.number, what, err)
}
