package core

import (
	"strings"
	"testing"
)

// The rows with several tokens are what BlazeDS 4.8 delivers.
func TestMatchSubtopic(t *testing.T) {
	for _, c := range []struct {
		pattern, subtopic string
		want              bool
	}{
		{"", "", true},
		{"", "a", false},
		{"a", "", false},
		{"a", "a", true},
		{"a", "a.b", false},
		{"a.b", "a", false},
		{"*", "a", true},
		{"*", "a.b", true},
		{"*", "", false},
		{"a.*", "a.b", true},
		{"a.*", "a.b.c", true},
		{"a.*", "a", false},
		{"a.*", "ab.c", false},
		{"a.*.c", "a.b.c", true},
		{"a.*.c", "a.b.d", false},
		{"a.*.c", "a.b.c.d", false},
		{"a.*.c", "a.b", false},
		{"*.b", "a.b", true},
		{"*.b", "a.b.c", false},
		{"*.*", "a", false},
		{"*.*", "a.b.c", true},
	} {
		if got := matchSubtopic(c.pattern, c.subtopic, "."); got != c.want {
			t.Errorf("a subscription to %q and a message to %q: got %v, want %v", c.pattern, c.subtopic, got, c.want)
		}
	}
	if !matchSubtopic("a::*", "a::b::c", "::") {
		t.Error("a separator of two characters does not separate")
	}
}

func TestCheckSubtopic(t *testing.T) {
	separated := &Destination{Name: "d", Separator: "."}
	for _, c := range []struct {
		name, subtopic string
		d              *Destination
		publish, wild  string // what the faults say; empty: none
	}{
		{"none", "", separated, "", ""},
		{"one token", "a", separated, "", ""},
		{"several tokens", "a.b.c", separated, "", ""},
		{"empty token", "a..b", separated, "The subtopic, 'a..b', is not valid.", "The subtopic, 'a..b', is not valid."},
		{"begins with the separator", ".a", separated, "The subtopic, '.a', is not valid.", "The subtopic, '.a', is not valid."},
		{"ends with the separator", "a.", separated, "The subtopic, 'a.', is not valid.", "The subtopic, 'a.', is not valid."},
		{"part of a token is a wildcard", "a*.b", separated, "The subtopic, 'a*.b', is not valid.", "The subtopic, 'a*.b', is not valid."},
		{"wildcard", "a.*", separated, "The sent message contains a subtopic wildcard, 'a.*', which is not allowed.", ""},
		{"wildcard within", "a.*.c", separated, "The sent message contains a subtopic wildcard, 'a.*.c', which is not allowed.", ""},
		{"too long", strings.Repeat("a", maxSubtopic+1), separated, "A subtopic has more than 512 bytes.", "A subtopic has more than 512 bytes."},
		{"where none are allowed", "a", &Destination{Name: "d", NoSubtopics: true},
			"Attempt to subscribe or unsubscribe to the subtopic, 'a', on destination, 'd', that does not allow subtopics failed.",
			"Attempt to subscribe or unsubscribe to the subtopic, 'a', on destination, 'd', that does not allow subtopics failed."},
	} {
		t.Run(c.name, func(t *testing.T) {
			for wild, want := range map[bool]string{false: c.publish, true: c.wild} {
				got := ""
				if f := AsFault(c.d.checkSubtopic(c.subtopic, wild)); f != nil {
					got = f.Message
				}
				if got != want {
					t.Errorf("wildcards allowed: %v: got %q, want %q", wild, got, want)
				}
			}
		})
	}
}
