package client

import "testing"

// A message to several subtopics has come by the first of them that is wanted.
func TestSubtopicOf(t *testing.T) {
	for _, c := range []struct {
		header any
		wanted string
		want   string
	}{
		{"news", "news", "news"},
		{"news", "*", "news"},
		{[]any{"lobby", "news"}, "news", "news"},
		{[]any{"lobby", "news", "news.sport"}, "*", "lobby"},
		{[]any{"news", "news.sport", "news.sport.golf"}, "news.*", "news.sport"},
		{[]any{"news.sport", "news.sport.golf"}, "news.*.golf", "news.sport.golf"},
		{[]any{"a.b", "a"}, "a", "a"},
		{[]any{"a", "a.b"}, "a.b", "a.b"},
		{[]any{"a.b"}, "c", ""},
	} {
		if got := subtopicOf(c.header, c.wanted); got != c.want {
			t.Errorf("%v for %q: got %q, want %q", c.header, c.wanted, got, c.want)
		}
	}
}
