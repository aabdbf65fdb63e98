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

// run starts Chromium for one page, waits until it has ended and returns what it printed. It runs scripts for at most the
// given time of the page's own clock, which stands still while requests are under way.
func run(t testing.TB, url string, budget time.Duration, extra ...string) []byte {
	t.Helper()
	args := append([]string{"--user-data-dir=" + t.TempDir(), "--virtual-time-budget=" + strconv.FormatInt(budget.Milliseconds(), 10)}, flags...)
	cmd := exec.CommandContext(t.Context(), "chromium", append(append(args, extra...), url)...)
	cmd.WaitDelay = 10 * time.Second
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v", cmd, err)
	}
	return out
}

// DOM opens a page, lets its scripts run, and returns the document as HTML.
func DOM(t testing.TB, url string, budget time.Duration) string {
	t.Helper()
	return string(run(t, url, budget, "--dump-dom"))
}

// Screenshot opens a page, lets its scripts run, and writes what is seen to a PNG file.
func Screenshot(t testing.TB, url string, budget time.Duration, file string) {
	t.Helper()
	run(t, url, budget, "--window-size=1280,900", "--screenshot="+file)
}
