package delivery

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestOutside: what a run does is the same, whether its store works in its bubble or outside.
func TestOutside(t *testing.T) {
	inside, outside := inMemory(), inMemory()
	outside.away = true
	for seed := uint64(1); seed <= 20; seed++ {
		want, got := inside.story(t, seed), outside.story(t, seed)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("seed %d (-inside +outside):\n%s", seed, diff)
		}
		if len(want) == 0 {
			t.Errorf("seed %d has no story", seed)
		}
	}
}

func (b *backing) story(t *testing.T, seed uint64) []string {
	t.Helper()
	var lines []string
	b.runSeed(t, b.start(t), seed, func(format string, args ...any) {
		lines = append(lines, strings.TrimSpace(fmt.Sprintf(format, args...)))
	})
	return lines
}
