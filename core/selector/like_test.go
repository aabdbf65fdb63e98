package selector

import (
	"strings"
	"testing"
)

func TestLike(t *testing.T) {
	tests := []struct {
		name, pattern, escape, text string
		want                        truth
	}{
		{"3.8.1.1, %", "12%3", "", "123", isTrue},
		{"3.8.1.1, % as several", "12%3", "", "12993", isTrue},
		{"3.8.1.1, % and another end", "12%3", "", "1234", isFalse},
		{"3.8.1.1, _", "l_se", "", "lose", isTrue},
		{"3.8.1.1, _ is one", "l_se", "", "loose", isFalse},
		{"3.8.1.1, escaped _", `\_%`, `\`, "_foo", isTrue},
		{"3.8.1.1, escaped _ and another character", `\_%`, `\`, "bar", isFalse},
		{"nothing and nothing", "", "", "", isTrue},
		{"nothing and something", "", "", "a", isFalse},
		{"% and nothing", "%", "", "", isTrue},
		{"_ and nothing", "_", "", "", isFalse},
		{"no wildcard", "abc", "", "abc", isTrue},
		{"no wildcard, longer text", "abc", "", "abcd", isFalse},
		{"no wildcard, shorter text", "abc", "", "ab", isFalse},
		{"case counts", "A%", "", "abc", isFalse},
		{"inside", "%b%", "", "abc", isTrue},
		{"inside, absent", "%x%", "", "abc", isFalse},
		{"several %", "a%b%c", "", "axxbyybzc", isTrue},
		{"%% is %", "a%%c", "", "abc", isTrue},
		{"%_ is at least one", "%_", "", "", isFalse},
		{"_% is at least one", "_%", "", "a", isTrue},
		{"%_% among several", "a%_%a", "", "aa", isFalse},
		{"the end stands twice", "%ab", "", "abab", isTrue},
		{"tries again", "%aab", "", "aaab", isTrue},
		{"tries again behind a character of several bytes", "%_b", "", "éab", isTrue},
		{"escaped %", "100!%", "!", "100%", isTrue},
		{"escaped % is no wildcard", "100!%", "!", "1000", isFalse},
		{"escaped escape", "a!!%", "!", "a!bc", isTrue},
		{"% as its own escape", "a%%", "%", "a%", isTrue},
		{"_ is a character, not a byte", "_", "", "é", isTrue},
		{"_ is a character, not half of one", "_", "", "🙂", isTrue},
		{"a character beyond ASCII", "%🙂_", "", "a🙂é", isTrue},
		{"special to regular expressions", "a.*[b", "", "a.*[b", isTrue},
		{"line ends are characters", "a_b%", "", "a\nb\n", isTrue},
		{"a byte that is no UTF-8 is a character", "a_b", "", "a\xffb", isTrue},
		{"a byte that is no UTF-8 is no replacement character", "a\uFFFDb", "", "a\xffb", isFalse},
		{"a replacement character is one", "a\uFFFDb", "", "a\uFFFDb", isTrue},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			text := "h LIKE '" + test.pattern + "'"
			if test.escape != "" {
				text += " ESCAPE '" + test.escape + "'"
			}
			header := func(string) any { return test.text }
			if got := evaluate(t, text, header); got != test.want {
				t.Errorf("%s of %q is %d, want %d", text, test.text, got, test.want)
			}
		})
	}
}

// TestLikeEnds: a pattern that is made to take the product of both lengths is given up, whatever stands around it; one that is not
// goes through much text.
func TestLikeEnds(t *testing.T) {
	long := strings.Repeat("a", maxLooks/4)
	header := func(string) any { return long }
	slow := "h LIKE '%" + strings.Repeat("_a", 100) + "b'"
	if got := evaluate(t, slow, header); got != isUnknown {
		t.Errorf("the slow pattern is %d", got)
	}
	if got := evaluate(t, "h LIKE '%a_a%b' OR h NOT LIKE '%b'", header); got != isTrue {
		t.Errorf("the quick patterns are %d", got)
	}
	if got := evaluate(t, slow+" OR "+slow+" OR h LIKE 'a%'", header); got != isUnknown {
		t.Errorf("after two slow patterns a third is %d: looks are counted for the whole selector", got)
	}
}
