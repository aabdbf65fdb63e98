package selector

import (
	"errors"
	"testing"
	"time"
	"unicode/utf8"
)

// FuzzParse reads whatever the fuzzer makes up. Nothing may panic or take long; an error stands within the text; and what was parsed gives
// itself as text that means the same.
func FuzzParse(f *testing.F) {
	for _, text := range []string{
		"", " ", "yes", "age = 17 AND NOT (country <> 'UK' OR price >= 9.5e0)", "age NOT BETWEEN -1 AND 0x1F + 2 * 3 / 4",
		"country IN ('UK', 'it''s', 1_0, -.5f)", `"x-kind" NOT LIKE '%a\_b_%' ESCAPE '\'`, "missing IS NOT NULL", "((((yes))))", "- -+-age < 017L",
		"country LIKE '%%%_%_%x'", "größe=3", "a = 'open", "1 < 2 < 3", "TRUE OR FALSE",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		start := time.Now()
		s, err := Parse(text)
		if err != nil {
			e, ok := errors.AsType[*SyntaxError](err)
			if !ok || e.Offset < 0 || e.Offset > len(text) || e.Reason == "" || !utf8.ValidString(e.Reason) {
				t.Fatalf("%q: %#v", text, err)
			}
			return
		}
		again := mustParse(t, s.String())
		for _, headers := range []func(string) any{
			header,
			func(string) any { return nil },
			func(string) any { return true },
			func(string) any { return 1.5 },
			func(name string) any { return name },
		} {
			if got, want := again.Match(headers), s.Match(headers); got != want {
				t.Errorf("%q matches %t, its text %t", text, want, got)
			}
		}
		if took := time.Since(start); took > time.Second {
			t.Errorf("%q took %v", text, took)
		}
	})
}
