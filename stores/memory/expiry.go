package memory

import "container/heap"

// expiries are the nodes whose items expire, in a heap, the one first that is due first. Each is in it once, however often its item is
// written, and stays where it is when the item comes to live longer.
type expiries []*node

// absent is the place of a node that is not among the expiries.
const absent = -1

// note has the node looked at by the time its item expires.
func (h *expiries) note(n *node) {
	switch expires := n.item.Expires; {
	case expires.IsZero():
	case n.place == absent:
		n.due = expires
		heap.Push(h, n)
	case expires.Before(n.due):
		n.due = expires
		heap.Fix(h, n.place)
	}
}

func (h *expiries) forget(n *node) {
	if n.place != absent {
		heap.Remove(h, n.place)
	}
}

// first returns the node that is due first, or nil.
func (h expiries) first() *node {
	if len(h) == 0 {
		return nil
	}
	return h[0]
}

// Len implements heap.Interface, as do the four behind it.
func (h expiries) Len() int           { return len(h) }
func (h expiries) Less(i, j int) bool { return h[i].due.Before(h[j].due) }

func (h expiries) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].place, h[j].place = i, j
}

func (h *expiries) Push(x any) {
	n := x.(*node) //nolint:forcetypeassert // heap gives back what it was given
	n.place = len(*h)
	*h = append(*h, n)
}

func (h *expiries) Pop() any {
	last := len(*h) - 1
	n := (*h)[last]
	(*h)[last] = nil
	*h = (*h)[:last]
	n.place = absent
	return n
}
