// Package static serves the files of our own pages: what was embedded, with a policy that keeps a page from loading anything but ours.
package static

import (
	"embed"
	"net/http"
)

// policy lets a page load what is ours and nothing else, and nobody put it into a frame.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// The content types of the files of a page.
const (
	HTML   = "text/html; charset=utf-8"
	CSS    = "text/css; charset=utf-8"
	Script = "text/javascript; charset=utf-8"
	JSON   = "application/json"
)

// File serves an embedded file. It panics where there is none of that name: a mistake of set-up.
func File(files embed.FS, name, contentType string) http.Handler {
	b, err := files.ReadFile(name)
	if err != nil {
		panic(err)
	}
	return Content(b, contentType)
}

// Content serves bytes.
func Content(b []byte, contentType string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		h := w.Header()
		h.Set("Content-Type", contentType)
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-cache")
		_, _ = w.Write(b)
	})
}
