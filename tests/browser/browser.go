// Package browser runs headless Chromium for the tests of the pages that the server shows.
package browser

import (
	"os/exec"
	"strconv"
	"testing"
	"time"
)

// flags keep Chromium from asking for a sandbox that containers do not give, and from talking to anyone but the page.
var flags = []string{
	"--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
	"--disable-component-update", "--disable-sync", "--hide-scrollbars",
}

// run starts Chromium for one page, waits until it has ended and returns what it printed.
func run(t testing.TB, url string, extra ...string) []byte {
	t.Helper()
	args := append([]string{"--user-data-dir=" + t.TempDir()}, flags...)
	cmd := exec.CommandContext(t.Context(), "chromium", append(append(args, extra...), url)...)
	cmd.WaitDelay = 10 * time.Second
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v", cmd, err)
	}
	return out
}

// budget lets scripts run for at most the given time of the page's own clock, which mostly stands still while requests are under way.
func budget(d time.Duration) string {
	return "--virtual-time-budget=" + strconv.FormatInt(d.Milliseconds(), 10)
}

// Loaded opens a page and returns the document as HTML, as it is at the page's load event. A script that has more to do holds the
// event back by an image that does not come until then.
func Loaded(t testing.TB, url string) string {
	t.Helper()
	return string(run(t, url, "--dump-dom"))
}

// DOM opens a page, lets its scripts run, and returns the document as HTML.
func DOM(t testing.TB, url string, limit time.Duration) string {
	t.Helper()
	return string(run(t, url, budget(limit), "--dump-dom"))
}

// Screenshot opens a page, lets its scripts run, and writes what is seen to a PNG file.
func Screenshot(t testing.TB, url string, limit time.Duration, file string) {
	t.Helper()
	run(t, url, budget(limit), "--window-size=1280,900", "--screenshot="+file)
}
