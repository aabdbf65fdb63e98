package core_test

import (
	"context"
	"strings"
	"testing"

	"github.com/patchbay-go/patchbay/core"
)

// notSecret lets nobody at the subtopics below "secret".
func notSecret(_ context.Context, _ *core.Call, t core.Topic) error {
	if strings.HasPrefix(t.Subtopic, "secret") {
		return core.Denied.Errorf("That is secret.")
	}
	return nil
}

// A Check is asked about every subtopic of a message, and a wildcard reaches nothing that it refuses by name.
func TestAccessCheck(t *testing.T) {
	p := newPost(t, nil,
		&core.Destination{Name: "named", Subscribe: core.Access{Check: notSecret}, Publish: core.Access{Check: notSecret}},
		&core.Destination{Name: "wild", Subscribe: core.Access{Check: notSecret, Wildcards: true}},
		&core.Destination{Name: "open"})
	call := &core.Call{}
	feed := p.set.NewFeed()
	defer feed.Close(t.Context())
	for _, c := range []struct {
		destination, subtopic string
		ok                    bool
	}{
		{"named", "", true},
		{"named", "a", true},
		{"named", "secret", false},
		{"named", "*", false},
		{"named", "a.*", false},
		{"named", "*.plans", false},
		{"wild", "*", true},
		{"wild", "secret.*", false},
		{"open", "*", true},
	} {
		r := &core.SubscribeRequest{Subscription: core.Subscription{ID: "s", Topic: core.Topic{Destination: c.destination, Subtopic: c.subtopic}}}
		for way, err := range map[string]error{
			"connection": p.set.Subscribe(t.Context(), call, p.conn, r), "feed": feed.Subscribe(t.Context(), call, r),
		} {
			if fault := core.AsFault(err); (fault == nil) != c.ok || fault != nil && fault.Code != core.Denied {
				t.Errorf("%s to %s %s: got %v, want ok: %v", way, c.destination, c.subtopic, fault, c.ok)
			}
		}
		if err := p.set.Subscribe(t.Context(), nil, p.conn, r); err != nil {
			t.Errorf("the application to %s %s: %v", c.destination, c.subtopic, err)
		}
	}
	for _, c := range []struct {
		subtopics []string
		ok        bool
	}{
		{nil, true}, {[]string{"a", "b"}, true}, {[]string{"a", "secret"}, false}, {[]string{"", "secret"}, false},
	} {
		_, err := p.set.Publish(t.Context(), call, &core.Publication{Topic: core.Topic{Destination: "named"}, Subtopics: c.subtopics})
		if (err == nil) != c.ok {
			t.Errorf("publish to %q: got %v, want ok: %v", c.subtopics, err, c.ok)
		}
	}
}
