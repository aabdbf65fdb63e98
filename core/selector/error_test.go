package selector

import (
	"errors"
	"strings"
	"testing"
)

func TestSyntaxErrors(t *testing.T) {
	tests := []struct {
		name, text string
		want       string
	}{
		{"no right side", "age = ", "at byte 6: a value was expected, but the selector ends"},
		{"no left side", "= 5", `at byte 0: a value was expected, not "="`},
		{"no right side in parentheses", "(age = )", `at byte 7: a value was expected, not ")"`},
		{"no end of parentheses", "(age = 1", `at byte 8: ")" was expected, but the selector ends`},
		{"no start of parentheses", "age = 1)", `at byte 7: an operator or the end was expected, not ")"`},
		{"two values", "age 5", `at byte 4: an operator or the end was expected, not "5"`},
		{"two conditions", "a = 1 b = 2", `at byte 6: an operator or the end was expected, not "b"`},
		{"offsets are bytes", "größe = 'é' ? 1", `at byte 15: "?" means nothing here`},
		{"white space that is none", "age\u00a0= 5", `at byte 3: "\u00a0" means nothing here`},
		{"a long word is cut", "a = 1 " + strings.Repeat("x", 100), `at byte 6: an operator or the end was expected, not "` + strings.Repeat("x", 32) + `..."`},

		{"!=", "age != 5", `at byte 4: "!" means nothing here; "not equal" is written <>`},
		{"==", "age == 5", `at byte 5: a value was expected, not "="`},
		{"=>", "age => 5", `at byte 5: a value was expected, not ">"`},
		{"a comparison of three", "1 < age < 5", "at byte 8: a comparison is not compared again: join two with AND, or put one in parentheses"},
		{"a name with a dot", "order.id = 5", `at byte 5: "." means nothing here; a name with other characters than letters, digits, _ and $ stands in double quotes`},
		{"a text without end", "country = 'UK", "at byte 10: the quote ' that begins here has no end"},
		{"a text without end after a double quote", "country = 'UK''", "at byte 10: the quote ' that begins here has no end"},
		{"a name without end", `"age = 5`, `at byte 0: the quote " that begins here has no end`},
		{"a name without characters", `"" = 5`, "at byte 0: a name in quotes cannot be empty"},
		{"a keyword as a name", "in = 5", `at byte 0: a value was expected, not "in"; a header of that name stands in double quotes`},
		{"NULL as a value", "age = NULL", "at byte 6: NULL is no value: IS NULL and IS NOT NULL ask for it"},
		{"a comment", "age = 5 /* five */", `at byte 9: a value was expected, not "*"`},

		{"no condition: number", "5", "at byte 0: a condition was expected, not a number"},
		{"no condition: text", "country = 'UK' AND 'x'", "at byte 19: a condition was expected, not a text"},
		{"no condition: sum", "a + 1 OR b = 1", "at byte 0: a condition was expected, not a number"},
		{"NOT of a number", "NOT 5", "at byte 4: a condition was expected, not a number"},
		{"NOT within a comparison", "a = NOT b", `at byte 4: a value was expected, not "NOT"; a header of that name stands in double quotes`},
		{"a sum with text", "age + '1' = 2", "at byte 6: a number was expected, not a text"},
		{"a product with a condition", "2 * (a = 1) = 2", "at byte 5: a number was expected, not a condition"},
		{"a sign before text", "-'a' = 1", "at byte 1: a number was expected, not a text"},
		{"an order of texts", "name < 'b'", "at byte 7: a text is compared with = and <> alone"},
		{"an order of booleans", "TRUE >= yes", "at byte 0: a condition is compared with = and <> alone"},

		{"IS without NULL", "age IS 5", `at byte 7: "NULL" was expected, not "5"`},
		{"NOT without an operator", "age NOT = 5", `at byte 8: BETWEEN, IN or LIKE was expected, not "="`},
		{"BETWEEN without AND", "age BETWEEN 1, 2", `at byte 13: "AND" was expected, not ","`},
		{"BETWEEN of texts", "name BETWEEN 'a' AND 'b'", "at byte 13: a number was expected, not a text"},
		{"IN without a list", "name IN 'a'", `at byte 8: "(" was expected, not "'a'"`},
		{"IN an empty list", "name IN ()", `at byte 9: a text or a number was expected, not ")"`},
		{"IN a list with a name", "name IN ('a', b)", `at byte 14: a text or a number was expected, not "b"`},
		{"IN a list with a signed text", "name IN (-'a')", `at byte 10: a number was expected, not "'a'"`},
		{"IN a list without end", "name IN ('a' 'b')", `at byte 13: ")" was expected, not "'b'"`},
		{"IN a list with a wrong number", "name IN (1, 09)", `at byte 12: "09" is no number: with a 0 before it, it is octal`},
		{"LIKE a number", "name LIKE 5", `at byte 10: a pattern in single quotes was expected, not "5"`},
		{"a number LIKE", "5 LIKE 'a'", "at byte 0: a text was expected, not a number"},
		{"ESCAPE with two characters", "name LIKE 'a' ESCAPE '!!'", `at byte 21: one character in single quotes was expected, not "'!!'"`},
		{"ESCAPE without one", "name LIKE 'a' ESCAPE", "at byte 20: one character in single quotes was expected, but the selector ends"},
		{"an escape before another character", "name LIKE 'a!b' ESCAPE '!'", `at byte 10: in a pattern, the escape character stands before "_", "%" or itself`},
		{"an escape at the end", "name LIKE 'a!' ESCAPE '!'", `at byte 10: in a pattern, the escape character stands before "_", "%" or itself`},

		{"a number with letters", "a = 12abc", `at byte 4: "12abc" is no number`},
		{"a number with a keyword", "a = 12AND b", `at byte 4: "12AND" is no number`},
		{"an octal number with 9", "a = 019", `at byte 4: "019" is no number: with a 0 before it, it is octal`},
		{"a hexadecimal number without digits", "a = 0x", `at byte 4: "0x" is no number`},
		{"a hexadecimal float without exponent", "a = 0x1.8", `at byte 4: "0x1.8" is no number`},
		{"two points", "a = 1.2.3", `at byte 4: "1.2.3" is no number`},
		{"no exponent", "a = 1e+", `at byte 4: "1e+" is no number`},
		{"two suffixes", "a = 1LL", `at byte 4: "1LL" is no number`},
		{"an underscore at the end", "a = 1_", `at byte 4: "1_" is no number: an underscore stands between two digits`},
		{"an underscore after 0x", "a = 0x_1", `at byte 4: "0x_1" is no number: an underscore stands between two digits`},
		{"an underscore before a point", "a = 1_.5", `at byte 4: "1_.5" is no number: an underscore stands between two digits`},
		{"an integer of more than 63 bits", "a = 9223372036854775808", "at byte 4: 9223372036854775808 is outside the integers of 64 bits; with a decimal point it is a float"},
		{"an integer below all", "a = -9223372036854775809", "at byte 5: 9223372036854775809 is outside the integers of 64 bits; with a decimal point it is a float"},
		{"an integer of more than 64 bits", "a = 0x10000000000000000", "at byte 4: 0x10000000000000000 is outside the integers of 64 bits; with a decimal point it is a float"},
		{"a float beyond all", "a = 1e999", "at byte 4: 1e999 is outside the range of a float of 64 bits"},
		{"a short float beyond all", "a = 1e39f", "at byte 4: 1e39f is outside the range of a float of 32 bits"},

		{"no UTF-8", "a = '\xff'", "at byte 5: the text is not valid UTF-8"},
		{"a keyword's letter of another script", "a ıs NULL", `at byte 2: an operator or the end was expected, not "ıs"`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := Parse(test.text)
			if err == nil || err.Error() != test.want {
				t.Errorf("%s\ngot  %v\nwant %s", test.text, err, test.want)
			}
			if _, ok := errors.AsType[*SyntaxError](err); !ok {
				t.Errorf("%T is no *SyntaxError", err)
			}
		})
	}
}

func TestLimits(t *testing.T) {
	repeat := strings.Repeat
	tests := []struct{ name, good, bad, want string }{
		{"bytes", "yes" + repeat(" ", maxText-3), "yes" + repeat(" ", maxText-2), "at byte 4096: a selector has at most 4096 bytes"},
		{"parentheses", repeat("(", maxNesting) + "yes" + repeat(")", maxNesting), repeat("(", maxNesting+1) + "yes" + repeat(")", maxNesting+1),
			"at byte 64: a selector is nested at most 64 levels deep"},
		{"NOT", repeat("NOT ", maxNesting) + "yes", repeat("NOT ", maxNesting+1) + "yes", "at byte 256: a selector is nested at most 64 levels deep"},
		{"signs", repeat("-", maxNesting) + "age = 17", repeat("-", maxNesting+1) + "age = 17", "at byte 64: a selector is nested at most 64 levels deep"},
		{"of several sorts", repeat("NOT(", maxNesting/2) + "yes" + repeat(")", maxNesting/2), repeat("NOT(", maxNesting/2) + "-age = 17" + repeat(")", maxNesting/2),
			"at byte 128: a selector is nested at most 64 levels deep"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if !mustParse(t, test.good).Match(header) {
				t.Error("what is within the limit does not match")
			}
			if _, err := Parse(test.bad); err == nil || err.Error() != test.want {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
}

// TestLongChains: what is long and not nested is no problem, however long.
func TestLongChains(t *testing.T) {
	for _, text := range []string{
		"no" + strings.Repeat(" OR no", 600) + " OR yes",
		"0" + strings.Repeat("+1", 2000) + "=2000",
		"age IN (0" + strings.Repeat(",0", 2000) + ",17)",
		"TRUE" + strings.Repeat(" AND(yes)", 400),
	} {
		if !mustParse(t, text).Match(header) {
			t.Errorf("%.30s... does not match", text)
		}
	}
}
