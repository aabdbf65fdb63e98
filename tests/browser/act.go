//go:build peers

package browser

import (
	"context"
	"os"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
)

// Click clicks on the middle of an element, once it can be seen.
func (p *Page) Click(selector string) {
	p.t.Helper()
	p.do("click on "+selector, chromedp.Click(chromedp.CSS(selector)))
}

// Type puts a text into a field at once, as pasting does, behind what is there.
func (p *Page) Type(selector, text string) {
	p.t.Helper()
	insert := chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, input.InsertText, input.InsertTextParams{Text: text})
		return err
	})
	p.do("type into "+selector, chromedp.Focus(chromedp.CSS(selector), chromedp.NodeVisible), insert)
}

// Press presses keys in a field, one after the other: characters, or keys of chromedp's package kb such as "\r" for Enter.
func (p *Page) Press(selector, keys string) {
	p.t.Helper()
	p.do("press keys in "+selector, chromedp.SendKeys(chromedp.CSS(selector), keys))
}

// Resize gives the page a window of that many pixels.
func (p *Page) Resize(width, height int64) {
	p.t.Helper()
	p.do("resize", chromedp.EmulateViewport(width, height))
}

// Screenshot writes what can be seen to a PNG file.
func (p *Page) Screenshot(file string) {
	p.t.Helper()
	p.do("take a screenshot", screenshot(file))
}

func screenshot(file string) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		png, err := chromedp.CaptureScreenshot()(ctx, target)
		if err != nil {
			return err
		}
		return os.WriteFile(file, png, 0o600)
	})
}
