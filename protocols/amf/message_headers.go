package amf

import (
	"strconv"

	"github.com/patchbay-go/patchbay/core/value"
)

// The headers of messaging. Those of a message's publisher stand in delivery.go and publish.go.
const (
	headerSelector        = "DSSelector"
	headerMaxFrequency    = "DSMaxFrequency"
	headerAdd             = "DSAddSub"
	headerRemove          = "DSRemSub"
	headerPreserveDurable = "DSPreserveDurable"
	headerHeartbeat       = "DS<3"
	headerSuppressWait    = "DSSuppressPollWait"
	headerPollWait        = "DSPollWait"
	headerNoOpPoll        = "DSNoOpPoll"
	headerInvalidated     = "DSSubscriptionInvalidated"
)

// text returns a header that has to be text; "" where it is missing or null.
func (h *MessageHeaders) text(name string) (string, error) {
	switch v := h.Other[name].(type) {
	case nil:
		return "", nil
	case string:
		return v, nil
	}
	return "", noMessage("The header " + name + " has to be text.")
}

// number returns a header that has to be a number; 0 where it is missing or null.
func (h *MessageHeaders) number(name string) (float64, error) {
	switch v := h.Other[name].(type) {
	case nil:
		return 0, nil
	case float64:
		return v, nil
	case int:
		return float64(v), nil
	}
	return 0, noMessage("The header " + name + " has to be a number.")
}

// is reports whether a header is there and not false.
func (h *MessageHeaders) is(name string) bool {
	v, there := h.Other[name]
	return there && v != false && v != nil
}

// textList returns a header that may be a list of texts or one alone; nil where it is missing or null.
func (h *MessageHeaders) textList(name string) ([]string, error) {
	var items []any
	switch v := h.Other[name].(type) {
	case nil:
		return nil, nil
	case string:
		return []string{v}, nil
	case []any:
		items = v
	case *value.Array:
		items = numbered(v)
	default:
		return nil, noMessage("The header " + name + " has to be text or a list of texts.")
	}
	list := make([]string, len(items))
	for i, item := range items {
		text, ok := item.(string)
		if !ok {
			return nil, noMessage("The header " + name + " has an item that is no text.")
		}
		list[i] = text
	}
	return list, nil
}

// numbered returns the items of an array that has come as one with named members "0", "1" and so on, as Ruffle sends lists.
func numbered(a *value.Array) []any {
	items := a.Dense
	for _, m := range a.Assoc {
		if m.Name == strconv.Itoa(len(items)) {
			items = append(items, m.Value)
		}
	}
	return items
}
