package main

import (
	"net/http"
	"strings"
	"testing"
)

func TestPrintable(t *testing.T) {
	for text, want := range map[string]string{
		"plain: Grüße, 日本 😀\n\tend": "plain: Grüße, 日本 😀\n\tend",
		"\x1b]0;title\x07":          `\x1b]0;title\a`,
		"\u009b2J\r":                `\u009b2J\r`,
		"\u202egnp.exe":             `\u202egnp.exe`,
		"bad \xff":                  "bad \ufffd",
	} {
		if got := printable(text); got != want {
			t.Errorf("printable(%q) = %q, want %q", text, got, want)
		}
	}
}

// What a hostile server writes reaches the terminal without commands for it.
func TestHostileFaults(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		body   string
	}{
		"fault":  {http.StatusOK, `{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":"\u001b]52;c;cm0gLXJm\u0007owned"}}`},
		"status": {http.StatusTeapot, "\x1b[2Jowned"},
	} {
		t.Run(name, func(t *testing.T) {
			got := runBinary(t, nil, "call", answering(t, c.status, c.body)+"/rpc", "a.b")
			if got.status != 1 || strings.Contains(got.stderr, "\x1b") || !strings.Contains(got.stderr, `\x1b`) {
				t.Errorf("got status %d, stderr %q", got.status, got.stderr)
			}
		})
	}
}
