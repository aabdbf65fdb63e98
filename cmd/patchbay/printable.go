package main

import (
	"strconv"
	"strings"
	"unicode"
)

// printable returns text that a server has written as a terminal may have it: control characters, which could rewrite the screen or
// the clipboard, and characters that turn the direction of writing come out as escapes.
func printable(text string) string {
	var b strings.Builder
	for _, r := range text {
		if r == '\n' || r == '\t' || unicode.IsPrint(r) {
			b.WriteRune(r)
			continue
		}
		quoted := strconv.QuoteRuneToASCII(r)
		b.WriteString(quoted[1 : len(quoted)-1])
	}
	return b.String()
}
