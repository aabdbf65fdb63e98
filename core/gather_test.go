package core

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/patchbay-go/patchbay/core/selector"
)

// A gathering ends in time, and never before it has come on.
func TestGatherEnds(t *testing.T) {
	for _, c := range []struct {
		name string
		g    gathering
		want bool
	}{
		{"nothing yet", gathering{most: 10, bytes: 100}, false},
		{"enough messages", gathering{most: 10, bytes: 100, found: make([]Delivery, 10)}, true},
		{"enough bytes", gathering{most: 10, bytes: 100, found: make([]Delivery, 1), size: 100}, true},
		{"many that nobody wants", gathering{most: 10, bytes: 100, passed: mostPassed}, true},
		{"too long", gathering{most: 10, bytes: 100, began: time.Now().Add(-gatherSpell), passed: 1}, true},
		{"too long for the first", gathering{most: 10, bytes: 100, began: time.Now().Add(-gatherSpell)}, false},
		{"long, for a slow store", gathering{most: 10, bytes: 100, began: time.Now().Add(-gatherSpell), waited: gatherSpell / 2, passed: 1}, false},
		{"a batch that is read again", gathering{began: time.Now().Add(-gatherSpell), found: make([]Delivery, 1000)}, false},
	} {
		if c.g.began.IsZero() {
			c.g.began = time.Now()
		}
		if got := c.g.isOver(); got != c.want {
			t.Errorf("%s: got %v", c.name, got)
		}
	}
}

// A condition is asked once for each message, whatever the number of its subtopics.
func TestConditionIsAskedOnce(t *testing.T) {
	condition, err := selector.Parse("h = 1")
	if err != nil {
		t.Fatal(err)
	}
	r := &reading{condition: condition}
	m := &Message{Headers: map[string]any{"h": 1}}
	if !r.selects(m) {
		t.Fatal("it does not select")
	}
	m.Headers = nil
	if !r.selects(m) {
		t.Error("it was asked again")
	}
	if r.selects(&Message{}) || r.selects(m) {
		t.Error("it was not asked about another message")
	}
}

// Subscriptions that share an ID are one consumer, whose messages come by the first that matches.
func TestGroupConsumers(t *testing.T) {
	of := func(id string) *reading {
		return &reading{subscription: &subscription{Subscription: Subscription{ID: id}}}
	}
	all := []*reading{of("a"), of("b"), of("a"), of("c"), of("b")}
	g := newGroup(nil, nil, []*reading{all[1], all[2], all[4]}, all)
	var got []string
	for _, c := range g.consumers {
		got = append(got, fmt.Sprint(c.ID, len(c.all)))
	}
	if want := "b2 a2"; strings.Join(got, " ") != want {
		t.Errorf("got %v, want %s", got, want)
	}
}

// Parsed selectors are kept up to a count, and up to a size.
func TestSelectorCache(t *testing.T) {
	var c selectorCache
	for _, size := range []int{10, 4000} {
		for i := range 3 * maxSelectors {
			text := fmt.Sprintf("a = %d", i)
			if _, err := c.parse(text + strings.Repeat(" ", size)); err != nil {
				t.Fatal(err)
			}
			if len(c.parsed) > maxSelectors || c.text > maxSelectorText {
				t.Fatalf("%d selectors of %d bytes are kept", len(c.parsed), c.text)
			}
		}
	}
	if len(c.parsed) == 0 {
		t.Error("nothing is kept")
	}
}
