package core

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

const (
	outsideForm   = 1
	maxKeptHeader = 2 << 10 // bytes: the item is read with every unit, and should stay within a store's cheapest read
)

func (s *outsideState) form() ([]byte, error) {
	w := formWriter{b: []byte{outsideForm}}
	w.text(s.channel)
	w.time(s.expires)
	w.text(s.addr)
	w.text(s.target)
	w.uint(uint64(len(s.header)))
	for _, name := range sortedKeys(s.header) {
		w.text(name)
		w.texts(s.header[name])
	}
	w.principal(s.principal)
	w.instant(s.trusted)
	w.text(s.session)
	w.uint(uint64(len(s.subscribed)))
	for i := range s.subscribed {
		v := &s.subscribed[i]
		w.text(v.ID)
		w.text(v.Topic.Destination)
		w.text(v.Topic.Subtopic)
		w.text(v.Selector)
		w.float(v.MaxFrequency)
	}
	w.most = len(w.b) + maxClaims
	if err := w.plainMap(s.claims, 0); err != nil {
		return nil, fmt.Errorf("keep the claims of a socket's authorizer: %w", err)
	}
	return w.b, nil
}

const maxClaims = 64 << 10 // bytes: eight times what a gateway's authorizer may say

func readOutside(it Item) (*outsideItem, error) {
	_, r, err := readForm(it.Body, outsideForm)
	if err != nil {
		return nil, err
	}
	v := &outsideItem{version: it.Version}
	v.channel, v.expires, v.addr, v.target = r.text(), r.time(), r.text(), r.text()
	v.header = http.Header{}
	for range r.count() {
		name := r.text()
		v.header[name] = r.texts()
	}
	v.principal, v.trusted, v.session = r.principal(), r.instant(), r.text()
	for range r.count() {
		v.subscribed = append(v.subscribed, Subscription{ID: r.text(), Topic: Topic{r.text(), r.text()}, Selector: r.text(), MaxFrequency: r.float()})
	}
	if claims := r.plainMap(0); len(claims) > 0 {
		v.claims = claims
	}
	return v, r.err
}

// keptHeader returns the headers that are kept of a socket: none that hold secrets, and of large ones those that come first by name.
func keptHeader(h http.Header) http.Header {
	kept, size := http.Header{}, 0
	for _, name := range sortedKeys(h) {
		canonical := http.CanonicalHeaderKey(name)
		if isSecret(canonical) || strings.HasPrefix(canonical, "Sec-Websocket-") {
			continue
		}
		more := len(name)
		for _, v := range h[name] {
			more += len(v)
		}
		if size+more <= maxKeptHeader {
			kept[canonical] = slices.Clone(h[name])
			size += more
		}
	}
	return kept
}

// isSecret reports whether a header proves who somebody is: by itself, or to the platform.
func isSecret(name string) bool {
	switch name {
	case "Authorization", "Cookie", "Proxy-Authorization", "X-Api-Key", "X-Amz-Security-Token", "X-Amzn-Oidc-Data", "X-Amzn-Oidc-Accesstoken":
		return true
	}
	return false
}

// trustedUntil returns when the claims end that somebody's word rests on; the zero time: never.
func (s *ChannelSet) trustedUntil(claims map[string]any) time.Time {
	if s.opts.Claims == nil {
		return time.Time{}
	}
	until, _ := timeOfClaim(claims["exp"]) // one that cannot be read has been refused
	return until
}
