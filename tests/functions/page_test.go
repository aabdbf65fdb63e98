//go:build peers

package functions

import (
	"path/filepath"
	"slices"
	"testing"

	"github.com/patchbay-go/patchbay/tests/browser"
)

// TestChatPage: two people chat on pages that a function serves, which gives its answers whole: there the pages poll, by EventSource itself.
func TestChatPage(t *testing.T) {
	p := local(t, "--http", ":0")
	chromium := browser.Start(t)
	url := "http://" + p.Ready["http"] + "/chat"
	ann, bob := chromium.Open(t, url), chromium.Open(t, url)
	for name, page := range map[string]*browser.Page{"Ann": ann, "Bob": bob} {
		page.Wait(`document.querySelector("#status").dataset.state === "connected"`)
		page.Type("#from", name)
	}
	ann.Press("#text", "Hello, Bob!\r")
	bob.Wait(`document.querySelectorAll("#log .what").length === 1`)
	bob.Press("#text", "Hello, Ann!\r")
	for name, page := range map[string]*browser.Page{"Ann": ann, "Bob": bob} {
		page.Wait(`document.querySelectorAll("#log .what").length === 2`)
		if got := page.Texts("#log .what"); !slices.Equal(got, []string{"Hello, Bob!", "Hello, Ann!"}) {
			t.Errorf("%s sees %q", name, got)
		}
		page.Screenshot(filepath.Join(t.ArtifactDir(), "chat-"+name+".png"))
	}
}
