package core

import (
	"hash/fnv"
	"strings"
)

// A Topic is what is published and subscribed to: a destination and, where that has subtopics, one of them. Subtopics are tokens with
// the destination's separator between them. In a subscription the token "*" stands for any one, and as the last one for one or more,
// as in BlazeDS; so "*" alone is every subtopic, and no subtopic at all is the messages without one.
type Topic struct{ Destination, Subtopic string }

// String returns the topic for people.
func (t Topic) String() string {
	if t.Subtopic == "" {
		return t.Destination
	}
	return t.Destination + " " + t.Subtopic
}

const (
	wildcard         = "*"
	maxSubtopic      = 512 // bytes
	maxSubtopics     = 64  // of one message
	defaultSeparator = "."
)

// isWildcard reports whether a subtopic of a subscription stands for many. In one that was checked a "*" is a token of its own.
func isWildcard(subtopic string) bool { return strings.Contains(subtopic, wildcard) }

// matchSubtopic reports whether a subscription to pattern gets what is published to subtopic.
func matchSubtopic(pattern, subtopic, separator string) bool {
	if pattern == subtopic {
		return true
	}
	if subtopic == "" || !isWildcard(pattern) {
		return false
	}
	for {
		token, patternRest, morePattern := strings.Cut(pattern, separator)
		published, rest, more := strings.Cut(subtopic, separator)
		switch {
		case token != wildcard && token != published:
			return false
		case !morePattern:
			return !more || token == wildcard
		case !more:
			return false
		}
		pattern, subtopic = patternRest, rest
	}
}

// checkSubtopic is the fault, in BlazeDS's words, for a subtopic that nobody can publish or, with wild, subscribe to.
func (d *Destination) checkSubtopic(subtopic string, wild bool) error {
	switch {
	case subtopic == "":
		return nil
	case len(subtopic) > maxSubtopic:
		return TooLarge.Errorf("A subtopic has more than %d bytes.", maxSubtopic)
	case d.NoSubtopics:
		return Invalid.Errorf("Attempt to subscribe or unsubscribe to the subtopic, '%s', on destination, '%s', that does not allow subtopics failed.",
			subtopic, d.Name)
	}
	for token := range strings.SplitSeq(subtopic, d.Separator) {
		if token == "" || token != wildcard && isWildcard(token) {
			return Invalid.Errorf("The subtopic, '%s', is not valid.", subtopic)
		}
	}
	if !wild && isWildcard(subtopic) {
		return Invalid.Errorf("The sent message contains a subtopic wildcard, '%s', which is not allowed.", subtopic)
	}
	return nil
}

// shardOfSubtopic says in which of a destination's shards the messages of a subtopic lie.
func shardOfSubtopic(subtopic string, shards int) int {
	if shards <= 1 {
		return 0
	}
	h := fnv.New32a()
	_, _ = h.Write([]byte(subtopic))
	return int(h.Sum32() % uint32(shards))
}
