package selector

import "testing"

var benchmarks = []struct{ name, text string }{
	{"equal", "country = 'UK'"},
	{"several", "country = 'UK' AND age > 16 AND price * 2 < 20.5 AND missing IS NULL"},
	{"between", "age + 1 BETWEEN 15 AND 19"},
	{"in", "country IN ('US', 'FR', 'DE', 'UK')"},
	{"like", "country LIKE '%K' AND quote NOT LIKE 'x_%!%' ESCAPE '!'"},
	{"exact", "huge > 18446744073709549568.0 AND umost > most AND odd > 9007199254740992.0 AND sent > 1e12"},
}

func BenchmarkMatch(b *testing.B) {
	for _, bench := range benchmarks {
		b.Run(bench.name, func(b *testing.B) {
			s := mustParse(b, bench.text)
			b.ReportAllocs()
			for b.Loop() {
				if !s.Match(header) {
					b.Fatal("no match")
				}
			}
		})
	}
}

func BenchmarkParse(b *testing.B) {
	for _, bench := range benchmarks {
		b.Run(bench.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				mustParse(b, bench.text)
			}
		})
	}
}

// TestMatchAllocatesNothing: not even for a func that was made for this one message.
func TestMatchAllocatesNothing(t *testing.T) {
	for _, bench := range benchmarks {
		s := mustParse(t, bench.text)
		asked, matches := 0, 0
		allocs := testing.AllocsPerRun(100, func() {
			if s.Match(func(name string) any { asked++; return headers[name] }) {
				matches++
			}
		})
		if matches != 101 || asked < matches { // one run is to warm up
			t.Errorf("%s matches %d times of 101, asking %d times", bench.text, matches, asked)
		}
		if allocs != 0 {
			t.Errorf("%s: %v allocations", bench.text, allocs)
		}
	}
}
