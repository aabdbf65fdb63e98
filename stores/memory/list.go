package memory

import (
	"math/bits"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/patchbay-go/patchbay/core"
)

// A list is a skip list (Pugh, "Skip Lists: A Probabilistic Alternative to Balanced Trees"): items in the order of Sort, found,
// added and removed in logarithmic time.
type list struct {
	head   node // above no item; its next are the first nodes of each level that there is
	length int
}

// maxLevel is enough for 2^20 items at one node in two per level; more still work, a little slower.
const maxLevel = 20

type node struct {
	item core.Item
	next []*node // by level, the lowest has all nodes

	due   time.Time // when to look whether the item has expired: not after it has
	place int       // among the shard's expiries; absent: it is not there
}

func newList() *list { return &list{head: node{next: make([]*node, 1)}} }

// lives reports whether the item has not expired.
func (n *node) lives(now time.Time) bool {
	return n.item.Expires.IsZero() || now.Before(n.item.Expires)
}

// before returns the last node on each level whose Sort is below the one given.
func (l *list) before(sort string) [maxLevel]*node {
	var path [maxLevel]*node
	n := &l.head
	for level := range slices.Backward(l.head.next) {
		for n.next[level] != nil && n.next[level].item.Sort < sort {
			n = n.next[level]
		}
		path[level] = n
	}
	return path
}

// lastBelow returns the last node whose Sort is below the one given: the head, where there is none.
func (l *list) lastBelow(sort string) *node {
	n := &l.head
	for level := range slices.Backward(l.head.next) {
		for n.next[level] != nil && n.next[level].item.Sort < sort {
			n = n.next[level]
		}
	}
	return n
}

func (l *list) find(sort string) *node {
	if n := l.lastBelow(sort).next[0]; n != nil && n.item.Sort == sort {
		return n
	}
	return nil
}

// firstAbove returns the first node whose Sort is above the one given.
func (l *list) firstAbove(sort string) *node {
	n := l.lastBelow(sort).next[0]
	if n != nil && n.item.Sort == sort {
		return n.next[0]
	}
	return n
}

func (l *list) last() *node {
	n := &l.head
	for level := range slices.Backward(l.head.next) {
		for n.next[level] != nil {
			n = n.next[level]
		}
	}
	return l.unlessHead(n)
}

// previous returns the last node whose Sort is below the one given, or nil.
func (l *list) previous(sort string) *node { return l.unlessHead(l.lastBelow(sort)) }

func (l *list) unlessHead(n *node) *node {
	if n == &l.head {
		return nil
	}
	return n
}

// put adds an item, or replaces the one with its Sort, and returns its node.
func (l *list) put(it core.Item) *node {
	path := l.before(it.Sort)
	if n := path[0].next[0]; n != nil && n.item.Sort == it.Sort {
		n.item = it
		return n
	}
	n := &node{item: it, next: make([]*node, randomLevel()), place: absent}
	for len(l.head.next) < len(n.next) { // most lists are short, and have few levels
		path[len(l.head.next)] = &l.head
		l.head.next = append(l.head.next, nil)
	}
	for level := range n.next {
		n.next[level], path[level].next[level] = path[level].next[level], n
	}
	l.length++
	return n
}

// remove takes a node out that is in the list.
func (l *list) remove(n *node) {
	path := l.before(n.item.Sort)
	for level := range n.next {
		path[level].next[level] = n.next[level]
	}
	l.length--
}

// randomLevel returns 1 for half of the nodes, 2 for a quarter, and so on.
func randomLevel() int {
	return min(1+bits.TrailingZeros64(rand.Uint64()), maxLevel) //nolint:gosec // G404: balances, hides nothing
}
