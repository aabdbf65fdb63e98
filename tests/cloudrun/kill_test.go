//go:build peers

package cloudrun

import (
	"bufio"
	"encoding/json"
	"math/rand/v2"
	"os"
	"slices"
	"testing"
	"time"
)

// chatter is what the script of that name says at its end.
type chatter struct {
	Said []string `json:"said"`
	Came []string `json:"came"`
}

// A Flex client publishes and polls while the program is killed, again and again, without a word of warning, and started anew on the same
// database. All that was acknowledged comes, in its order.
func TestKilled(t *testing.T) {
	address := freeAddress(t)
	variables := append(firestore(t), "PATCHBAY_HTTP="+address)
	p := start(t, variables...)
	cmd := python(t, "chatter.py", "http://"+address+"/amf", "80")
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 1<<20)
	if !lines.Scan() || lines.Text() != "ready" {
		t.Fatalf("the client says %q", lines.Text())
	}
	ended := make(chan chatter, 1)
	go func() {
		defer close(ended)
		var c chatter
		if lines.Scan() && json.Unmarshal(lines.Bytes(), &c) == nil {
			ended <- c
		}
	}()
	kills := 0
	for {
		select {
		case c, ok := <-ended:
			if err := cmd.Wait(); err != nil || !ok {
				t.Fatalf("the client ended with %v", err)
			}
			t.Logf("%d kills, %d messages said, %d came", kills, len(c.Said), len(c.Came))
			check(t, c, kills)
			return
		case <-time.After(time.Duration(200+rand.N(600)) * time.Millisecond):
			p.Kill()
			kills++
			p = start(t, variables...)
		}
	}
}

func check(t *testing.T, c chatter, kills int) {
	t.Helper()
	if kills < 3 || len(c.Said) != 80 {
		t.Errorf("%d kills and %d messages are too few to show anything", kills, len(c.Said))
	}
	var first []string // each once, when it came first
	for _, id := range c.Came {
		if slices.Contains(c.Said, id) && !slices.Contains(first, id) {
			first = append(first, id)
		}
	}
	if !slices.Equal(first, c.Said) {
		t.Errorf("lost or out of order: said %v, came %v", c.Said, first)
	}
}
