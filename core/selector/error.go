package selector

import "strconv"

// A SyntaxError says why a text is no selector, and where. It is written for whoever wrote the text.
type SyntaxError struct {
	Offset int    // bytes from the start of the text
	Reason string // such as: a value was expected, not ")"
}

func (e *SyntaxError) Error() string { return "at byte " + strconv.Itoa(e.Offset) + ": " + e.Reason }

// quote shows a piece of a selector, cut where it is long.
func quote(piece string) string {
	const most = 32
	if runes := []rune(piece); len(runes) > most {
		piece = string(runes[:most]) + "..."
	}
	return strconv.Quote(piece)
}
