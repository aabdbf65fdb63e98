package core

import (
	"hash/fnv"
	"strings"
)

// A Topic is what is published and subscribed to: a destination and, where that has subtopics, one of them. Subtopics are tokens with
// the destination's separator between them. In a subscription "*" as the last token stands for one or more tokens, as in BlazeDS; so
// "*" alone is every subtopic, and no subtopic at all is the messages without one.
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

// isWildcard reports whether a subtopic of a subscription stands for many.
func isWildcard(subtopic, separator string) bool {
	return subtopic == wildcard || strings.HasSuffix(subtopic, separator+wildcard)
}

// matchSubtopic reports whether a subscription to pattern gets what is published to subtopic.
func matchSubtopic(pattern, subtopic, separator string) bool {
	if pattern == subtopic {
		return true
	}
	if subtopic == "" || !isWildcard(pattern, separator) {
		return false
	}
	prefix := strings.TrimSuffix(pattern, wildcard)
	return len(subtopic) > len(prefix) && strings.HasPrefix(subtopic, prefix)
}

// checkSubtopic is the fault for a subtopic that nobody can publish or, with wild, subscribe to.
func (d *Destination) checkSubtopic(subtopic string, wild bool) error {
	switch {
	case subtopic == "":
		return nil
	case d.NoSubtopics:
		return Invalid.Errorf("The destination %q does not take subtopics.", d.Name).WithName(d.subtopicFault())
	case len(subtopic) > maxSubtopic:
		return TooLarge.Errorf("A subtopic has more than %d bytes.", maxSubtopic)
	}
	tokens := strings.Split(subtopic, d.Separator)
	for i, token := range tokens {
		switch {
		case token == "":
			return Invalid.Errorf("The subtopic %q has an empty token.", subtopic).WithName(d.subtopicFault())
		case strings.Contains(token, wildcard) && (!wild || token != wildcard || i < len(tokens)-1):
			if !wild {
				return Invalid.Errorf("Nothing can be published to the subtopic %q: it has a wildcard.", subtopic).WithName(d.subtopicFault())
			}
			return Invalid.Errorf("The subtopic %q has a wildcard that is not its last token.", subtopic).WithName(d.subtopicFault())
		}
	}
	return nil
}

// subtopicFault is the Flex faultCode for subtopics that are not allowed.
func (d *Destination) subtopicFault() string { return "Server.Processing" }

// shardOfSubtopic says in which of a destination's shards the messages of a subtopic lie.
func shardOfSubtopic(subtopic string, shards int) int {
	if shards <= 1 {
		return 0
	}
	h := fnv.New32a()
	_, _ = h.Write([]byte(subtopic))
	return int(h.Sum32() % uint32(shards))
}
