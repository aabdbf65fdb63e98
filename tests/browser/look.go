//go:build peers

package browser

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"time"

	"github.com/chromedp/chromedp"
)

const document = "document.documentElement.outerHTML"

// HTML returns the document as it is now.
func (p *Page) HTML() string {
	p.t.Helper()
	return evaluate[string](p, document)
}

// Text returns the text of the first element, as it is in the document, seen or not; "" where there is none.
func (p *Page) Text(selector string) string {
	p.t.Helper()
	return evaluate[string](p, fmt.Sprintf("document.querySelector(%s)?.textContent ?? ''", strconv.Quote(selector)))
}

// Texts returns the texts of all elements.
func (p *Page) Texts(selector string) []string {
	p.t.Helper()
	return evaluate[[]string](p, fmt.Sprintf("Array.from(document.querySelectorAll(%s), (e) => e.textContent)", strconv.Quote(selector)))
}

// Values returns what is in all fields.
func (p *Page) Values(selector string) []string {
	p.t.Helper()
	return evaluate[[]string](p, fmt.Sprintf("Array.from(document.querySelectorAll(%s), (e) => e.value)", strconv.Quote(selector)))
}

func evaluate[T any](p *Page, expression string) T {
	p.t.Helper()
	v, err := chromedp.Run(p.ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		p.fail("evaluate "+expression, err)
	}
	return v
}

// report tells all that is known of the page. It looks at the page even where the page's time is over.
func (p *Page) report() string {
	file := filepath.Join(p.t.ArtifactDir(), fmt.Sprintf("page%d.png", p.number))
	if _, err := glance(p, screenshot(file)); err != nil {
		file = err.Error()
	}
	html, err := glance(p, chromedp.Evaluate[string](document))
	if err != nil {
		html = err.Error()
	}
	return fmt.Sprintf("page %d\nscreenshot (go test -artifacts keeps it): %s\nwhat happened:\n%s\ndocument:\n%s\nChromium printed:\n%s",
		p.number, file, p.journal, html, p.browser.log())
}

// glance looks at a page that may be dead, or busy for ever.
func glance[T any](p *Page, look chromedp.Action[T]) (T, error) {
	if err := context.Cause(p.ctx); errors.Is(err, errCrashed) {
		return *new(T), err
	}
	ctx, cancel := context.WithTimeout(p.tab, 3*time.Second)
	defer cancel()
	return chromedp.Run(ctx, look)
}
