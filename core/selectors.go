package core

import (
	"sync"

	"github.com/patchbay-go/patchbay/core/selector"
)

// maxSelectors is how many parsed selectors are kept, and maxSelectorText how many bytes of text they were: parsed they take up to 128
// times as much. Peers write them, so there must be an end.
const (
	maxSelectors    = 1024
	maxSelectorText = 128 << 10
)

// A selectorCache keeps parsed selectors: each poll reads its subscriptions anew.
type selectorCache struct {
	mu     sync.RWMutex
	parsed map[string]*selector.Selector
	text   int // bytes
}

// parse returns the selector with that text; nil for none. A text that is no selector is Invalid.
func (c *selectorCache) parse(text string) (*selector.Selector, error) {
	if text == "" {
		return nil, nil
	}
	c.mu.RLock()
	s := c.parsed[text]
	c.mu.RUnlock()
	if s != nil {
		return s, nil
	}
	s, err := selector.Parse(text)
	if err != nil {
		return nil, Invalid.Errorf("The selector expression is not valid: %s.", err).WithCause(err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.parsed == nil || len(c.parsed) >= maxSelectors || c.text+len(text) > maxSelectorText {
		c.parsed, c.text = map[string]*selector.Selector{}, 0
	}
	if c.parsed[text] == nil {
		c.text += len(text)
	}
	c.parsed[text] = s
	return s, nil
}

// selects reports whether a selector, if there is one, takes a message.
func selects(s *selector.Selector, m *Message) bool {
	return s == nil || s.Match(func(name string) any { return m.Headers[name] })
}
