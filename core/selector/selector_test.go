package selector

import (
	"math"
	"math/big"
	"strings"
	"sync"
	"testing"
	"time"
)

// headers are what the rows of the tables below look at. "missing" is not among them.
var headers = map[string]any{
	"age": 17, "price": 9.5, "zero": 0, "country": "UK", "quote": "it's", "empty": "", "yes": true, "no": false, "digits": "2",
	"nothing": nil, "list": []int{1}, "pointer": new(5), "nan": math.NaN(), "noBig": (*big.Int)(nil),
	"inf": math.Inf(1), "least": int64(math.MinInt64), "most": int64(math.MaxInt64), "umost": uint64(math.MaxUint64),
	"huge": bigInt("18446744073709551616"), "minusHuge": bigInt("-18446744073709551616"), "bigFive": big.NewInt(5), "odd": int64(1<<53 + 1),
	"sent": time.UnixMilli(1_700_000_000_123), "in": "keyword", `say "x"`: 1, "x-kind": "a.b", "größe": 3, "$_1": 4, "e\u0301": 5, "Age": 99,
	"int8": int8(-8), "int16": int16(-16), "int32": int32(-32), "int64": int64(-64),
	"uint": uint(1), "uint8": uint8(8), "uint16": uint16(16), "uint32": uint32(32), "uint64": uint64(6400), "float32": float32(0.5),
}

func bigInt(s string) *big.Int {
	n, _ := new(big.Int).SetString(s, 10)
	return n
}

func header(name string) any { return headers[name] }

// evaluate tells the three truths apart from outside: UNKNOWN is what matches neither as it is nor negated.
func evaluate(t *testing.T, text string, header func(string) any) truth {
	t.Helper()
	plain, negated := mustParse(t, text).Match(header), mustParse(t, "NOT ("+text+")").Match(header)
	switch {
	case plain && negated:
		t.Fatalf("%s matches as it is and negated", text)
	case plain:
		return isTrue
	case negated:
		return isFalse
	}
	return isUnknown
}

func mustParse(t testing.TB, text string) *Selector {
	t.Helper()
	s, err := Parse(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return s
}

// TestRules has a row for each rule of Jakarta Messaging 3.1, section 3.8.1, in its order, and for what we add to it.
func TestRules(t *testing.T) {
	tests := []struct {
		rule, text string
		want       truth
	}{
		{"keywords in any case", "age iS NoT nUlL and tRUE Or not False", isTrue},
		{"text", "country = 'UK'", isTrue},
		{"text with a quote", "quote = 'it''s'", isTrue},
		{"empty text", "empty = ''", isTrue},
		{"text keeps spaces and case", "country = ' uk'", isFalse},
		{"unicode text", "'日本' = '日本'", isTrue},
		{"exact numbers", "57 = +57 AND -957 < 0 AND +62 > 61", isTrue},
		{"exact numbers of Java", "0x1F = 31 AND 0X1f = 31L AND 017 = 15 AND 0b101 = 5 AND 1_000 = 1__000 AND 0_7 = 7", isTrue},
		{"the least and the greatest integer", "-9223372036854775808 = least AND 9223372036854775807 = most", isTrue},
		{"hexadecimal integers have a sign bit", "0xFFFFFFFFFFFFFFFF = -1 AND 01777777777777777777777 = -1", isTrue},
		{"approximate numbers", "7E3 = 7000 AND -57.9E2 = -5790 AND 7. = 7 AND -95.7 < -95 AND +6.2 > 6 AND .5 = 5e-1", isTrue},
		{"approximate numbers of Java", "1.5d = 1.5 AND 2f = 2 AND 0x1.8p1 = 3 AND 1_0.5 = 10.5 AND 0.1f <> 0.1", isTrue},
		{"boolean literals", "TRUE = TRUE AND FALSE = FALSE AND TRUE <> FALSE", isTrue},

		{"a boolean header is a condition", "yes", isTrue},
		{"a boolean header is a condition, FALSE", "no", isFalse},
		{"another header is no condition", "age", isUnknown},
		{"a missing header is NULL", "missing = 1", isUnknown},
		{"a text is not converted", "digits > 1", isFalse},
		{"names tell cases apart", "Age = 99 AND age = 17", isTrue},
		{"names of letters of any script, $ and _", "größe = 3 AND $_1 = 4", isTrue},
		{"names with combining characters", "e\u0301 = 5", isTrue},
		{"names in quotes", `"x-kind" = 'a.b' AND "in" = 'keyword' AND "say ""x""" = 1 AND "age" = 17`, isTrue},
		{"all white space", "\t\r\n\f age\n=\r17 ", isTrue},
		{"no white space", "(age)=17 AND(price)<(10)AND'UK'=country AND-age=-17", isTrue},

		{"parentheses", "(((age) = ((17))))", isTrue},
		{"=", "age = 17", isTrue},
		{">", "age > 17", isFalse},
		{">=", "age >= 17", isTrue},
		{"<", "age < 17.5", isTrue},
		{"<=", "age <= 16", isFalse},
		{"<>", "age <> 17", isFalse},
		{"headers on both sides", "price < age", isTrue},
		{"literals on both sides", "1 = 1.0", isTrue},
		{"unlike types: text and number", "country = 5", isFalse},
		{"unlike types: <> is FALSE as well", "country <> 5", isFalse},
		{"unlike types: boolean and number", "yes = 1", isFalse},
		{"unlike types: boolean and text", "yes <> 'true'", isFalse},
		{"unlike types: order", "country < 5", isFalse},
		{"NULL beats unlike types", "missing = 'a'", isUnknown},
		{"NULL equals not even NULL", "missing = missing", isUnknown},
		{"texts have no order", "country < digits", isFalse},
		{"booleans have no order", "yes >= no", isFalse},
		{"booleans are compared", "yes <> no AND yes = TRUE", isTrue},
		{"texts are compared", "country <> digits", isTrue},
		{"a condition in parentheses is a boolean", "(age > 1) = yes", isTrue},
		{"UNKNOWN in parentheses is NULL", "(missing > 1) = yes", isUnknown},

		{"signs", "-age = -17 AND +age = 17 AND - -age = 17 AND -(-price) = 9.5 AND --5 = 5", isTrue},
		{"multiplication and division", "age * 2 = 34 AND price / 2 = 4.75", isTrue},
		{"addition and subtraction", "age + 1 = 18 AND age-1 = 16", isTrue},
		{"integers divide to integers", "age / 2 = 8 AND -age / 2 = -8", isTrue},
		{"a float on one side makes floats", "age / 2.0 = 8.5 AND 1 / 4e0 = .25", isTrue},
		{"arithmetic with NULL", "missing + 1 > 0", isUnknown},
		{"arithmetic with text", "digits + 1 > 0", isUnknown},
		{"arithmetic with a boolean", "-yes < 0", isUnknown},
		{"a plus before text", "+country = 'UK'", isUnknown},
		{"division by zero", "1 / zero = 1", isUnknown},
		{"division by zero in floats", "1 / (zero * 1.0) > 0", isUnknown},
		{"division by minus zero", "1 / -0.0 > 0", isUnknown},

		{"BETWEEN", "age BETWEEN 15 AND 19", isTrue},
		{"BETWEEN includes both ends", "age BETWEEN 17 AND 17", isTrue},
		{"BETWEEN, outside", "age BETWEEN 18 AND 19", isFalse},
		{"NOT BETWEEN", "age NOT BETWEEN 15 AND 19", isFalse},
		{"NOT BETWEEN, at the ends", "age NOT BETWEEN 17 AND 18 OR age NOT BETWEEN 16 AND 17", isFalse},
		{"NOT BETWEEN, outside", "age NOT BETWEEN 18 AND 19", isTrue},
		{"BETWEEN of text", "country BETWEEN 1 AND 2", isFalse},
		{"NOT BETWEEN of text", "country NOT BETWEEN 1 AND 2", isFalse},
		{"BETWEEN of NULL", "missing NOT BETWEEN 1 AND 2", isUnknown},
		{"BETWEEN with one end NULL", "age BETWEEN 1 AND missing", isUnknown},
		{"BETWEEN with the other end decisive", "age BETWEEN 18 AND missing", isFalse},
		{"BETWEEN of sums", "age + 1 BETWEEN age AND age * 2 AND yes", isTrue},

		{"IN", "country IN ('FR', 'UK')", isTrue},
		{"IN, absent", "country IN ('FR')", isFalse},
		{"NOT IN", "country NOT IN ('FR', 'UK')", isFalse},
		{"NOT IN, absent", "country NOT IN ('FR')", isTrue},
		{"IN of NULL", "missing IN ('FR')", isUnknown},
		{"NOT IN of NULL", "missing NOT IN ('FR')", isUnknown},
		{"IN with numbers", "age IN (1, -2, +17.0)", isTrue},
		{"IN of another type", "age IN ('17')", isFalse},
		{"NOT IN of another type, which is NOT (IN)", "age NOT IN ('17')", isTrue},

		{"LIKE", "country LIKE 'U%'", isTrue},
		{"NOT LIKE", "country NOT LIKE 'U%'", isFalse},
		{"LIKE of NULL", "missing LIKE '%'", isUnknown},
		{"NOT LIKE of NULL", "missing NOT LIKE '%'", isUnknown},
		{"LIKE of another type", "age LIKE '17'", isFalse},
		{"NOT LIKE of another type", "age NOT LIKE '17'", isFalse},
		{"LIKE of a literal", "'abc' LIKE 'a%' ESCAPE '!'", isTrue},

		{"IS NULL", "age IS NULL", isFalse},
		{"IS NULL of a missing header", "missing IS NULL", isTrue},
		{"IS NOT NULL", "age IS NOT NULL", isTrue},
		{"IS NOT NULL of a missing header", "missing IS NOT NULL", isFalse},
		{"IS NULL of what cannot be calculated", "age / 0 IS NULL", isTrue},
		{"IS NULL of UNKNOWN", "(missing = 1) IS NULL", isTrue},
		{"IS NULL of text", "empty IS NULL", isFalse},

		{"nil is NULL", "nothing IS NULL", isTrue},
		{"other types are NULL", "list IS NULL AND pointer IS NULL", isTrue},
		{"what is not a number is NULL", "nan IS NULL AND noBig IS NULL AND inf - inf IS NULL", isTrue},
		{"infinity is the greatest number", "inf > huge AND -inf < minusHuge AND inf = inf AND inf > most AND inf > umost", isTrue},
		{"times are milliseconds", "sent = 1700000000123", isTrue},
		{"all integer types", "int8 = -8 AND int16 = -16 AND int32 = -32 AND int64 = -64 AND uint = 1 AND uint8 = 8 AND uint16 = 16 AND uint32 = 32 AND uint64 = 6400", isTrue},
		{"floats of 32 bits", "float32 = 0.5", isTrue},
		{"*big.Int", "bigFive = 5 AND bigFive + 1 = 6", isTrue},
		{"integers of 64 bits are compared exactly", "most = 9223372036854775807 AND most <> 9223372036854775806", isTrue},
		{"integers and floats are compared exactly", "odd > 9007199254740992.0 AND most < 9223372036854775808.0 AND least = -9223372036854775808.", isTrue},
		{"integers beyond 64 bits are compared exactly", "huge > umost AND umost > most AND huge = 18446744073709551616.0 AND umost < 18446744073709551616.0", isTrue},
		{"no arithmetic beyond 64 bits", "umost + 1 IS NULL AND huge * 1.0 IS NULL AND -umost IS NULL", isTrue},
		{"integers do not wrap around", "most + 1 IS NULL AND least - 1 IS NULL AND most * 2 IS NULL AND -least IS NULL AND least / -1 IS NULL AND least * -1 IS NULL AND -1 * least IS NULL", isTrue},
		{"integers at their ends", "most + least = -1 AND least + most = -1 AND most - most = 0 AND least * 1 = least AND 0 * least = 0 AND least / 1 = least", isTrue},

		{"SQL's comment is two minus signs", "age--1 = 18", isTrue},
		{"section 3.8.1.1, last example", "country = 'UK' AND quote = 'it''s' AND age > 16", isTrue},
	}
	for _, test := range tests {
		t.Run(test.rule, func(t *testing.T) {
			if got := evaluate(t, test.text, header); got != test.want {
				t.Errorf("%s is %d, want %d", test.text, got, test.want)
			}
		})
	}
}

// TestTruthTables: tables 3-4 to 3-6 of section 3.8.1.2.
func TestTruthTables(t *testing.T) {
	inputs := map[truth]string{isTrue: "yes", isFalse: "no", isUnknown: "missing"}
	type row struct{ left, right, and, or truth }
	for _, r := range []row{
		{isTrue, isTrue, isTrue, isTrue},
		{isTrue, isFalse, isFalse, isTrue},
		{isTrue, isUnknown, isUnknown, isTrue},
		{isFalse, isTrue, isFalse, isTrue},
		{isFalse, isFalse, isFalse, isFalse},
		{isFalse, isUnknown, isFalse, isUnknown},
		{isUnknown, isTrue, isUnknown, isTrue},
		{isUnknown, isFalse, isFalse, isUnknown},
		{isUnknown, isUnknown, isUnknown, isUnknown},
	} {
		for operator, want := range map[string]truth{" AND ": r.and, " OR ": r.or} {
			text := inputs[r.left] + operator + inputs[r.right]
			if got := evaluate(t, text, header); got != want {
				t.Errorf("%s is %d, want %d", text, got, want)
			}
		}
	}
	for input, want := range map[truth]truth{isTrue: isFalse, isFalse: isTrue, isUnknown: isUnknown} {
		text := "NOT " + inputs[input]
		if got := evaluate(t, text, header); got != want {
			t.Errorf("%s is %d, want %d", text, got, want)
		}
	}
}

// TestPrecedence: what has no parentheses means what has them, and something else than the other way round.
func TestPrecedence(t *testing.T) {
	tests := []struct{ name, text, same, other string }{
		{"AND before OR", "TRUE OR FALSE AND FALSE", "TRUE OR (FALSE AND FALSE)", "(TRUE OR FALSE) AND FALSE"},
		{"AND before OR, from the left", "FALSE AND FALSE OR TRUE", "(FALSE AND FALSE) OR TRUE", "FALSE AND (FALSE OR TRUE)"},
		{"NOT before AND", "NOT FALSE AND FALSE", "(NOT FALSE) AND FALSE", "NOT (FALSE AND FALSE)"},
		{"NOT before OR", "NOT TRUE OR TRUE", "(NOT TRUE) OR TRUE", "NOT (TRUE OR TRUE)"},
		{"comparison before NOT", "NOT age = 17", "NOT (age = 17)", "(NOT age) = 17"},
		{"comparison before AND", "no = FALSE AND FALSE", "(no = FALSE) AND FALSE", "no = (FALSE AND FALSE)"},
		{"sum before comparison", "2 = 1 + 1", "2 = (1 + 1)", "(2 = 1) OR FALSE"},
		{"product before sum", "1 + 2 * 3 = 7", "1 + (2 * 3) = 7", "(1 + 2) * 3 = 7"},
		{"product before sum, from the left", "2 * 3 + 1 = 7", "(2 * 3) + 1 = 7", "2 * (3 + 1) = 7"},
		{"sign before product", "-7 / 2 = -3", "(-7) / 2 = -3", "(-8) / 2 = -3"},
		{"differences from the left", "9 - 5 - 2 = 2", "(9 - 5) - 2 = 2", "9 - (5 - 2) = 2"},
		{"quotients from the left", "8 / 4 / 2 = 1", "(8 / 4) / 2 = 1", "8 / (4 / 2) = 1"},
		{"quotient and product from the left", "8 / 4 * 2 = 4", "(8 / 4) * 2 = 4", "8 / (4 * 2) = 4"},
		{"BETWEEN takes its own AND", "2 BETWEEN 1 AND 3 AND FALSE OR TRUE", "((2 BETWEEN 1 AND 3) AND FALSE) OR TRUE", "2 BETWEEN 1 AND 3 AND (FALSE)"},
		{"NOT before IN", "NOT country IN ('UK')", "NOT (country IN ('UK'))", "country IN ('UK')"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, same, other := evaluate(t, test.text, header), evaluate(t, test.same, header), evaluate(t, test.other, header)
			if got != same || got == other {
				t.Errorf("%s is %d\n%s is %d\n%s is %d", test.text, got, test.same, same, test.other, other)
			}
		})
	}
}

// TestEmpty: 3.8.1.1, "there is no message selector for the message consumer".
func TestEmpty(t *testing.T) {
	for _, text := range []string{"", " ", "\t\r\n\f "} {
		s := mustParse(t, text)
		if !s.Match(header) || s.String() != text {
			t.Errorf("%q: matches %t, text %q", text, s.Match(header), s)
		}
	}
	var none *Selector
	if !none.Match(header) || none.String() != "" {
		t.Error("the nil Selector does not match, or has a text")
	}
}

func TestString(t *testing.T) {
	const text = " age  =17 "
	if got := mustParse(t, text).String(); got != text {
		t.Errorf("got %q, want %q", got, text)
	}
}

// TestAtOnce is for the race detector.
func TestAtOnce(t *testing.T) {
	s := mustParse(t, "age BETWEEN 1 AND 20 AND country LIKE '%K' AND country IN ('UK') AND huge > 1")
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 100 {
				if !s.Match(header) {
					t.Error("no match")
				}
			}
		})
	}
	all.Wait()
}

func TestIsSlow(t *testing.T) {
	for _, c := range []struct {
		text string
		want bool
	}{
		{"", false},
		{"a = 1 AND b = 2 AND (c BETWEEN 1 AND 2)", false},
		{"a IN (1, 2, 3, 4, 5)", false},
		{"a LIKE 'x%'", true},
		{"NOT (b = 1 OR a NOT LIKE 'x%')", true},
		{"a = 1" + strings.Repeat(" OR a = 1", 5), true},
		{"a IN (1" + strings.Repeat(", 1", 20) + ")", true},
	} {
		if got := mustParse(t, c.text).IsSlow(); got != c.want {
			t.Errorf("%s: got %v, want %v", c.text, got, c.want)
		}
	}
	if (*Selector)(nil).IsSlow() {
		t.Error("nil is slow")
	}
}
