package selector

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

const page = "../../docs/selectors.md"

var (
	sqlBlock = regexp.MustCompile("(?s)```sql\n(.*?)```")
	tableRow = regexp.MustCompile("(?m)^\\|([^|]*)\\| `([^|]*)` \\| (TRUE|FALSE|UNKNOWN) \\|$")
	errorRow = regexp.MustCompile("(?m)^\\| `([^|]*)` \\| (at byte [^|]*) \\|$")
)

// TestDocs: the examples of the documentation are selectors, its rules hold, and its errors are what is said.
func TestDocs(t *testing.T) {
	b, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	text := string(b)
	blocks, rules, wrong := sqlBlock.FindAllStringSubmatch(text, -1), tableRow.FindAllStringSubmatch(text, -1), errorRow.FindAllStringSubmatch(text, -1)
	if len(blocks) == 0 || len(rules) < 20 || len(wrong) < 10 {
		t.Fatalf("%d examples, %d rules, %d errors: the page is not as this test knows it", len(blocks), len(rules), len(wrong))
	}
	for _, block := range blocks {
		for example := range strings.Lines(block[1]) {
			mustParse(t, example)
		}
	}
	headers := map[string]any{"n": 7, "price": 9.5, "text": "abc", "digits": "2", "yes": true, "big": int64(9007199254740993)}
	truths := map[string]truth{"TRUE": isTrue, "FALSE": isFalse, "UNKNOWN": isUnknown}
	for _, row := range rules {
		if got := evaluate(t, row[2], func(name string) any { return headers[name] }); got != truths[row[3]] {
			t.Errorf("%s: %s is %d, not %s", row[1], row[2], got, row[3])
		}
	}
	for _, row := range wrong {
		if _, err := Parse(row[1]); err == nil || err.Error() != row[2] {
			t.Errorf("%s\ngot  %v\nwant %s", row[1], err, row[2])
		}
	}
}
