package amf

import (
	"context"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/patchbay-go/patchbay/core"
)

// multiSubscribe begins and ends several subscriptions of one consumer, as MultiTopicConsumer asks: what it adds, then what it removes.
func (e *Endpoint) multiSubscribe(ctx context.Context, call *core.Call) (any, error) {
	r, set := FromCall(call), call.ChannelSet()
	m := r.Message
	if set.Destination(m.Destination) == nil {
		return nil, notMessaging(set, m.Destination, "Service Does Not Support Command Type "+m.Operation)
	}
	add, err := m.subscriptions(headerAdd, set.Limits().Subscriptions)
	if err != nil {
		return nil, err
	}
	remove, err := m.subscriptions(headerRemove, set.Limits().Subscriptions)
	if err != nil {
		return nil, err
	}
	c, err := e.consumer(ctx, call)
	if err != nil {
		return nil, err
	}
	again := isRepeat(call.Conn.Subscriptions(), c.id, add)
	for i, v := range add {
		if err := c.subscribe(ctx, &core.SubscribeRequest{Subscription: v, Rollback: again && i == 0, Received: r.received}); err != nil {
			return nil, err
		}
	}
	for _, v := range remove {
		v.ID = c.id
		if err := finish(ctx, set, call.Conn, &v); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

// isRepeat reports whether a consumer adds nothing but what it has. Then it has connected anew; one that adds a topic to others has not.
func isRepeat(present []core.Subscription, id string, add []core.Subscription) bool {
	for _, v := range add {
		if !slices.ContainsFunc(present, func(p core.Subscription) bool {
			return p.ID == id && p.Topic == v.Topic && p.Selector == v.Selector
		}) {
			return false
		}
	}
	return len(add) > 0
}

// subscriptions reads the subscriptions that a header lists. What is no subscription is left out, as in BlazeDS.
func (m *Message) subscriptions(header string, most int) ([]core.Subscription, error) {
	if _, alone := m.Headers.Other[header].(string); alone {
		return nil, noMessage("The header " + header + " has to be a list.")
	}
	texts, err := m.Headers.textList(header)
	if err != nil {
		return nil, err
	}
	if len(texts) > most {
		return nil, core.Exhausted.Errorf("A connection has more than %d subscriptions.", most)
	}
	all, err := m.Headers.number(headerMaxFrequency)
	if err != nil {
		return nil, err
	}
	var list []core.Subscription
	for _, text := range texts {
		v, ok := readSubscription(text)
		if !ok {
			continue
		}
		v.Topic.Destination = m.Destination
		v.MaxFrequency = lower(v.MaxFrequency, all)
		list = append(list, v)
	}
	return list, nil
}

// subscriptionSeparator stands between the parts of a subscription in a list. Flex's CommandMessage calls it SUBTOPIC_SEPARATOR.
const subscriptionSeparator = "_;_"

// readSubscription reads "subtopic_;_selector" or "subtopic_;_selector_;_frequency", in which all may be empty. A selector may have the
// separator in it: only what is a number, or nothing, is a frequency.
func readSubscription(text string) (v core.Subscription, ok bool) {
	subtopic, rest, ok := strings.Cut(text, subscriptionSeparator)
	if !ok {
		return v, false
	}
	v.Topic.Subtopic, v.Selector = subtopic, rest
	i := strings.LastIndex(rest, subscriptionSeparator)
	if i < 0 {
		return v, true
	}
	frequency := rest[i+len(subscriptionSeparator):]
	if frequency == "" {
		v.Selector = rest[:i]
	} else if f, err := strconv.ParseFloat(frequency, 64); err == nil {
		v.Selector = rest[:i]
		v.MaxFrequency = lower(f, 0)
	}
	return v, true
}

// lower returns the lower of two frequencies, of which 0 and what is none are no limit.
func lower(a, b float64) float64 {
	isLimit := func(f float64) bool { return f > 0 && !math.IsInf(f, 1) }
	switch {
	case !isLimit(a) && !isLimit(b):
		return 0
	case !isLimit(a):
		return b
	case !isLimit(b):
		return a
	}
	return min(a, b)
}
