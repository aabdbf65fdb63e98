package lambda

import (
	"net/http"
	"strconv"
)

// A recorder is the http.ResponseWriter of an answer that goes out whole. It cannot flush, so adapters/server offers no stream over it.
type recorder struct {
	header http.Header
	head   bool // the request was by HEAD
	most   int  // bytes of body

	status int // 0: not written yet
	sent   http.Header
	body   []byte
	over   bool // more was written than fits

	untyped bool // the handler gave no content type
}

// Header implements http.ResponseWriter.
func (r *recorder) Header() http.Header { return r.header }

// WriteHeader implements http.ResponseWriter. What is changed in the headers later is not sent, and answers before the last are dropped: the
// platform knows none.
func (r *recorder) WriteHeader(status int) {
	if r.status != 0 || (status >= 100 && status < 200) {
		return
	}
	r.status, r.sent = status, r.header.Clone()
}

// Write implements http.ResponseWriter.
func (r *recorder) Write(b []byte) (int, error) {
	if r.status == 0 {
		r.WriteHeader(http.StatusOK)
	}
	if !hasBody(r.status) {
		return 0, http.ErrBodyNotAllowed
	}
	if len(r.body) == 0 && setType(r.sent, b) {
		r.untyped = true
	}
	switch {
	case r.head:
		return len(b), nil
	case r.over || len(r.body)+len(b) > r.most:
		r.over, r.body = true, nil
		return 0, errTooLarge
	}
	r.body = append(r.body, b...)
	return len(b), nil
}

// abort implements aborter: what was written is dropped, since half an answer is worse than none.
func (r *recorder) abort() {
	failed := refusal(http.StatusInternalServerError, "The server could not answer.")
	*r = recorder{header: failed.Header, head: r.head, most: r.most}
	r.WriteHeader(failed.Status)
	_, _ = r.Write(failed.Body) // it fits
}

// response returns what was written.
func (r *recorder) response() *Response {
	r.WriteHeader(http.StatusOK)
	if hasBody(r.status) && !r.head && r.sent.Get("Content-Length") == "" {
		r.sent["Content-Length"] = []string{strconv.Itoa(len(r.body))}
	}
	return &Response{Status: r.status, Header: r.sent, Body: r.body, untyped: r.untyped}
}

// hasBody reports whether an answer of that status may have a body: RFC 9110, section 6.4.1.
func hasBody(status int) bool {
	return status >= 200 && status != http.StatusNoContent && status != http.StatusNotModified
}

// setType gives an answer without a content type the one that net/http promises its handlers, and reports whether it had to. That type has
// no say in base64: it would change from answer to answer.
func setType(h http.Header, body []byte) bool {
	if _, set := h["Content-Type"]; set || h.Get("Content-Encoding") != "" || len(body) == 0 {
		return false
	}
	h["Content-Type"] = []string{http.DetectContentType(body)}
	return true
}
