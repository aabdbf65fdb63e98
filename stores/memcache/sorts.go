package memcache

import "slices"

// A source gives sorts that there may be, ascending or descending.
type source interface {
	// peek returns the next one, if there is any.
	peek() (sort string, ok bool)
	// skip goes on to the one behind it.
	skip()
}

// A plain source has its sorts one by one.
type plain struct{ sorts []string }

func (p *plain) peek() (string, bool) {
	if len(p.sorts) == 0 {
		return "", false
	}
	return p.sorts[0], true
}

func (p *plain) skip() { p.sorts = p.sorts[1:] }

// numbers is a source of those of some spans. It spells each only when it is asked for it.
type numbers struct {
	prefix string
	spans  []span // what is left
	down   bool
}

func (n *numbers) peek() (string, bool) {
	if len(n.spans) == 0 {
		return "", false
	}
	if n.down {
		return sortOf(n.prefix, n.spans[len(n.spans)-1].last), true
	}
	return sortOf(n.prefix, n.spans[0].first), true
}

func (n *numbers) skip() {
	i := 0
	if n.down {
		i = len(n.spans) - 1
	}
	s := &n.spans[i]
	switch {
	case s.first == s.last:
		n.spans = slices.Delete(n.spans, i, i+1)
	case n.down:
		s.last--
	default:
		s.first++
	}
}

// A merge is a source of all that some others have.
type merge struct {
	sources []source
	down    bool
}

func (m *merge) peek() (sort string, ok bool) {
	s := m.first()
	if s == nil {
		return "", false
	}
	return s.peek()
}

func (m *merge) skip() { m.first().skip() }

// first returns the source whose next one comes first.
func (m *merge) first() (found source) {
	var best string
	for _, s := range m.sources {
		sort, ok := s.peek()
		if ok && (found == nil || sort < best != m.down) {
			found, best = s, sort
		}
	}
	return found
}

// take returns the next sorts, at most so many.
func take(s source, most int) []string {
	var sorts []string
	for len(sorts) < most {
		sort, ok := s.peek()
		if !ok {
			break
		}
		sorts = append(sorts, sort)
		s.skip()
	}
	return sorts
}
