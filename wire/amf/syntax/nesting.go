package syntax

import (
	"strconv"

	"github.com/patchbay-go/patchbay/core/value"
)

// A nesting counts the open containers and those among them that are collections.
type nesting struct {
	limits             value.Limits
	depth, collections int
}

// open counts one more container, which begins at offset. Whoever opens closes.
func (n *nesting) open(collection bool, offset int) error {
	n.depth++
	if collection {
		n.collections++
	}
	if n.depth > n.limits.Depth {
		return value.Errorf(offset, value.ErrLimit, "nested deeper than ", strconv.Itoa(n.limits.Depth), " containers")
	}
	if n.collections > n.limits.Collections {
		return value.Errorf(offset, value.ErrLimit, "more than ", strconv.Itoa(n.limits.Collections), " arrays, vectors or dictionaries within each other")
	}
	return nil
}

func (n *nesting) close(collection bool) {
	n.depth--
	if collection {
		n.collections--
	}
}
