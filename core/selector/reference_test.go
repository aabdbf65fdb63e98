package selector

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
	"time"
)

// The reference is a second evaluator, as slow and plain as can be: values are nil, bool, string, *big.Int and float64, numbers are compared
// as big.Float, LIKE is a regular expression, and nothing is parsed. The fuzzer's bytes make up an expression, which is then evaluated
// here, and written as text for the package to do the same.

// An expr is an expression of the reference.
type expr struct {
	op      string // an operator; "header" or "literal" for what has no arguments
	args    []*expr
	name    string   // of a header
	value   any      // of a literal
	list    []any    // of IN
	pattern []string // of LIKE: "%", "_", or a character that stands for itself, which "!" escapes
}

// eval returns the expression's value for some headers.
func (e *expr) eval(headers map[string]any) any {
	if e.op == "header" {
		return plain(headers[e.name])
	}
	if e.op == "literal" {
		return e.value
	}
	v := make([]any, len(e.args))
	for i, arg := range e.args {
		v[i] = arg.eval(headers)
	}
	switch e.op {
	case "AND", "OR":
		return combine(v[0], v[1], e.op == "OR")
	case "NOT":
		return negation(v[0])
	case "=", "<>", "<", "<=", ">", ">=":
		return relate(e.op, v[0], v[1])
	case "BETWEEN":
		return combine(relate(">=", v[0], v[1]), relate("<=", v[0], v[2]), false)
	case "NOT BETWEEN":
		return combine(relate("<", v[0], v[1]), relate(">", v[0], v[2]), true)
	case "IS NULL":
		return v[0] == nil
	case "IN":
		var found any = false
		for _, item := range e.list {
			found = combine(found, relate("=", v[0], item), true)
		}
		return found
	case "LIKE", "NOT LIKE":
		return e.resembles(v[0])
	case "sign -":
		return operate("-", number(big.NewInt(0)), v[0])
	case "sign +":
		return number(v[0])
	}
	return operate(e.op, v[0], v[1])
}

// plain makes of a header what the reference calculates with.
func plain(x any) any {
	switch x := x.(type) {
	case bool, string:
		return x
	case int:
		return big.NewInt(int64(x))
	case int64:
		return big.NewInt(x)
	case uint64:
		return new(big.Int).SetUint64(x)
	case *big.Int:
		return x
	case float64:
		if x == x {
			return x
		}
	case time.Time:
		return big.NewInt(x.UnixMilli())
	}
	return nil
}

// combine is AND, or OR if the decisive value is true.
func combine(a, b any, decisive bool) any {
	switch {
	case a == decisive || b == decisive:
		return decisive
	case a == !decisive && b == !decisive:
		return !decisive
	}
	return nil
}

func negation(a any) any {
	if b, ok := a.(bool); ok {
		return !b
	}
	return nil
}

func relate(op string, a, b any) any {
	if a == nil || b == nil {
		return nil
	}
	if number(a) != nil && number(b) != nil {
		order := exactly(a).Cmp(exactly(b))
		return strings.Contains(op, "=") && order == 0 || strings.Contains(op, "<") && order < 0 || strings.Contains(op, ">") && order > 0
	}
	alike := fmt.Sprintf("%T", a) == fmt.Sprintf("%T", b)
	return alike && (op == "=" && a == b || op == "<>" && a != b)
}

// number returns what is a number, and nil for the rest.
func number(a any) any {
	switch a.(type) {
	case *big.Int, float64:
		return a
	}
	return nil
}

func operate(op string, a, b any) any {
	x, xInt := a.(*big.Int)
	y, yInt := b.(*big.Int)
	if xInt && !x.IsInt64() || yInt && !y.IsInt64() || number(a) == nil || number(b) == nil {
		return nil
	}
	if xInt && yInt {
		return operateExactly(op, x, y)
	}
	f, _ := exactly(a).Float64()
	g, _ := exactly(b).Float64()
	switch op {
	case "+":
		f += g
	case "-":
		f -= g
	case "*":
		f *= g
	default:
		if g == 0 {
			return nil
		}
		f /= g
	}
	return plain(f)
}

func operateExactly(op string, x, y *big.Int) any {
	z := new(big.Int)
	switch op {
	case "+":
		z.Add(x, y)
	case "-":
		z.Sub(x, y)
	case "*":
		z.Mul(x, y)
	default:
		if y.Sign() == 0 {
			return nil
		}
		z.Quo(x, y)
	}
	if !z.IsInt64() {
		return nil
	}
	return z
}

func (e *expr) resembles(v any) any {
	s, ok := v.(string)
	switch {
	case v == nil:
		return nil
	case !ok:
		return false
	}
	var b strings.Builder
	b.WriteString("(?s)^")
	for _, c := range e.pattern {
		switch c {
		case "%":
			b.WriteString(".*")
		case "_":
			b.WriteString(".")
		default:
			b.WriteString(regexp.QuoteMeta(strings.TrimPrefix(c, "!")))
		}
	}
	return regexp.MustCompile(b.String()+"$").MatchString(s) == (e.op == "LIKE")
}

// names and values are what messages may have. Numbers stand where types, signs and roundings meet.
var (
	names  = []string{"a", "b", "c", "d"}
	values = []any{
		nil, true, false, "", "a", "ab", "aab", "ba\nb", "_", "%", "é", "1", []byte("a"), math.NaN(), 0, 1, -1, 2, 3, 7, -7,
		int64(math.MaxInt64), int64(math.MinInt64), int64(math.MaxInt64 - 1), int64(1<<53 + 1), int64(1 << 53), 1 << 32,
		uint64(math.MaxUint64), uint64(1 << 63), bigInt("18446744073709551616"), bigInt("-9223372036854775809"), bigInt("5"), bigInt("36893488147419103233"),
		0.0, math.Copysign(0, -1), 0.5, -2.5, 1.0, float64(1 << 53), float64(1 << 63), float64(1 << 64), -float64(1 << 63), 36893488147419103232.0,
		math.MaxFloat64, math.SmallestNonzeroFloat64, math.Inf(1), math.Inf(-1), time.UnixMilli(7),
	}
	characters = []string{"a", "b", "é", "_", "%", "!", "'", "\n"}
)

// A maker makes up expressions and headers from the fuzzer's bytes; when they are used up, all choices are the first.
type maker struct{ choices []byte }

func (m *maker) choose(n int) int {
	if len(m.choices) == 0 {
		return 0
	}
	c := int(m.choices[0])
	m.choices = m.choices[1:]
	return c % n
}

func pick[T any](m *maker, of []T) T { return of[m.choose(len(of))] }

func (m *maker) headers() map[string]any {
	headers := map[string]any{}
	for _, name := range names {
		headers[name] = pick(m, values)
	}
	return headers
}

func (m *maker) condition(depth int) *expr {
	if depth == 0 {
		return pick(m, []*expr{m.header(), {op: "literal", value: true}, {op: "literal", value: false}})
	}
	sum := func() *expr { return m.sum(depth - 1) }
	switch op := pick(m, []string{"header", "=", "<>", "<", "<=", ">", ">=", "AND", "OR", "NOT", "BETWEEN", "NOT BETWEEN", "IS NULL", "IN", "LIKE", "NOT LIKE"}); op {
	case "header":
		return m.condition(0)
	case "AND", "OR":
		return &expr{op: op, args: []*expr{m.condition(depth - 1), m.condition(depth - 1)}}
	case "NOT":
		return &expr{op: op, args: []*expr{m.condition(depth - 1)}}
	case "BETWEEN", "NOT BETWEEN":
		return &expr{op: op, args: []*expr{sum(), sum(), sum()}}
	case "IS NULL":
		return &expr{op: op, args: []*expr{pick(m, []*expr{sum(), m.condition(depth - 1)})}}
	case "IN":
		e := &expr{op: op, args: []*expr{m.any(depth - 1)}}
		for range 1 + m.choose(4) {
			e.list = append(e.list, pick(m, []*expr{m.number(), m.text()}).value)
		}
		return e
	case "LIKE", "NOT LIKE":
		e := &expr{op: op, args: []*expr{pick(m, []*expr{m.header(), m.text()})}}
		for range m.choose(6) {
			e.pattern = append(e.pattern, pick(m, []string{"%", "_", "a", "b", "é", "!%", "!_", "!!"}))
		}
		return e
	case "=", "<>":
		return &expr{op: op, args: []*expr{m.any(depth - 1), m.any(depth - 1)}}
	default:
		return &expr{op: op, args: []*expr{sum(), sum()}}
	}
}

// any makes a value of any sort.
func (m *maker) any(depth int) *expr {
	switch m.choose(3) {
	case 0:
		return m.sum(depth)
	case 1:
		return m.text()
	}
	return m.condition(depth)
}

func (m *maker) sum(depth int) *expr {
	op := pick(m, []string{"header", "literal", "+", "-", "*", "/", "sign -", "sign +"})
	switch {
	case op == "header" || depth == 0 && op != "literal":
		return m.header()
	case op == "literal":
		return m.number()
	case strings.HasPrefix(op, "sign"):
		return &expr{op: op, args: []*expr{m.sum(depth - 1)}}
	}
	return &expr{op: op, args: []*expr{m.sum(depth - 1), m.sum(depth - 1)}}
}

func (m *maker) header() *expr { return &expr{op: "header", name: pick(m, names)} }

func (m *maker) text() *expr {
	var b strings.Builder
	for range m.choose(4) {
		b.WriteString(pick(m, characters))
	}
	return &expr{op: "literal", value: b.String()}
}

// number makes a literal of one of the values that can be written as one.
func (m *maker) number() *expr {
	var writable []any
	for _, v := range values {
		switch v := plain(v).(type) {
		case *big.Int:
			if v.IsInt64() {
				writable = append(writable, v)
			}
		case float64:
			if !math.IsInf(v, 0) {
				writable = append(writable, v)
			}
		}
	}
	return &expr{op: "literal", value: pick(m, writable)}
}

// strength is how tightly what is written binds, 1 to 7: what binds less than its place asks for stands in parentheses.
func (e *expr) strength() int {
	switch e.op {
	case "OR":
		return 1
	case "AND":
		return 2
	case "NOT":
		return 3
	case "+", "-":
		return 5
	case "*", "/":
		return 6
	case "header", "literal", "sign -", "sign +":
		return 7
	}
	return 4
}

// write returns the expression as text that binds at least that tightly, with no more parentheses than it needs, or with some.
func (e *expr) write(m *maker, least int) string {
	text := e.bare(m)
	if e.strength() < least || m.choose(8) == 7 {
		text = "(" + text + ")"
	}
	return text
}

func (e *expr) bare(m *maker) string {
	arg := func(i, least int) string { return e.args[i].write(m, least) }
	switch s := e.strength(); e.op {
	case "header":
		return pick(m, []string{e.name, `"` + e.name + `"`})
	case "literal":
		return writeLiteral(e.value)
	case "sign -", "sign +":
		return e.op[5:] + " " + arg(0, s)
	case "NOT":
		return "NOT " + arg(0, s)
	case "IS NULL":
		return arg(0, s+1) + " IS NULL"
	case "BETWEEN", "NOT BETWEEN":
		return arg(0, s+1) + " " + e.op + " " + arg(1, s+1) + " AND " + arg(2, s+1)
	case "IN":
		items := make([]string, len(e.list))
		for i, item := range e.list {
			items[i] = writeLiteral(item)
		}
		return arg(0, s+1) + " in (" + strings.Join(items, ", ") + ")"
	case "LIKE", "NOT LIKE":
		return arg(0, s+1) + " " + e.op + " '" + strings.Join(e.pattern, "") + "' ESCAPE '!'"
	case "AND", "OR", "+", "-", "*", "/":
		return arg(0, s) + " " + e.op + " " + arg(1, s+1)
	default:
		return arg(0, s+1) + e.op + arg(1, s+1)
	}
}

func writeLiteral(v any) string {
	switch v := v.(type) {
	case string:
		return "'" + strings.ReplaceAll(v, "'", "''") + "'"
	case float64:
		return fmt.Sprintf("%.17e", v)
	default:
		return strings.ToUpper(fmt.Sprint(v))
	}
}

// FuzzMatch compares the package with the reference, TRUE, FALSE and UNKNOWN apart.
func FuzzMatch(f *testing.F) {
	f.Add([]byte{})
	random := rand.NewChaCha8([32]byte{})
	for range 1000 {
		seed := make([]byte, 100)
		_, _ = random.Read(seed)
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, choices []byte) {
		m := &maker{choices}
		headers := m.headers()
		e := m.condition(4)
		text := e.write(m, 0)
		if len(text) > maxText-6 {
			return
		}
		want := isUnknown
		if b, ok := e.eval(headers).(bool); ok {
			want = truthOf(b)
		}
		if got := evaluate(t, text, func(name string) any { return headers[name] }); got != want {
			t.Errorf("%s\nof %v\nis %d, want %d", text, headers, got, want)
		}
	})
}
