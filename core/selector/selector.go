// Package selector reads and evaluates message selectors: conditions on the headers of a message in the subset of SQL-92 that
// Jakarta Messaging 3.1 defines in section 3.8.1, and that Flex clients send as the header DSSelector when they subscribe.
//
// Text comes in by Parse, which reports everything that can be known to be wrong without a message. A Selector then looks at headers
// alone, by a func that it is handed; it keeps nothing and allocates nothing. docs/selectors.md is the language for its users.
package selector

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// What a selector may be at most. Evaluation recurses as deep as the text is nested or chained, so these bound it as well.
const (
	maxText    = 4096 // bytes
	maxNesting = 64   // parentheses, NOT and signs around a value

	maxLooks = 1 << 18 // how often LIKE looks at a character of one message: about a millisecond

	maxQuick = 16 // nodes of a selector that takes no time worth speaking of
)

// A Selector is a condition on message headers. It never changes and may be used by any number of goroutines. The nil Selector matches
// everything.
type Selector struct {
	text string
	root *node // nil: matches everything
	slow bool
}

// Parse returns the Selector that text describes. Empty or blank text matches every message (section 3.8.1.1). An error is a
// *SyntaxError.
func Parse(text string) (*Selector, error) {
	if len(text) > maxText {
		return nil, &SyntaxError{maxText, "a selector has at most " + strconv.Itoa(maxText) + " bytes"}
	}
	if at := invalidUTF8(text); at >= 0 {
		return nil, &SyntaxError{at, "the text is not valid UTF-8"}
	}
	if strings.Trim(text, spaces) == "" {
		return &Selector{text: text}, nil
	}
	root, err := parse(text)
	if err != nil {
		return nil, err
	}
	return &Selector{text, root, root.weight() > maxQuick}, nil
}

// IsSlow reports whether Match may take so long, microseconds and more, that nobody should wait for it behind a lock, and a parsed selector
// so much memory that it is not kept for long without need.
func (s *Selector) IsSlow() bool { return s != nil && s.slow }

// Match reports whether the selector is TRUE for the headers of a message; FALSE and UNKNOWN do not match. The func returns a header's
// value by its name, nil for one that is missing, and may be called more than once for a name. Values are bool, string, all integer and
// float types, *big.Int, and time.Time, which counts as milliseconds since 1970; anything else, and NaN, is NULL.
func (s *Selector) Match(header func(name string) any) bool {
	if s == nil || s.root == nil {
		return true
	}
	m := message{header, maxLooks}
	return s.root.truth(&m) == isTrue
}

// String returns the text that the selector was made of.
func (s *Selector) String() string {
	if s == nil {
		return ""
	}
	return s.text
}

// invalidUTF8 returns where text is not UTF-8; -1: nowhere.
func invalidUTF8(text string) int {
	for at, r := range text {
		if r == utf8.RuneError && !strings.HasPrefix(text[at:], string(utf8.RuneError)) {
			return at
		}
	}
	return -1
}
