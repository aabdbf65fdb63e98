//go:build peers

package peers

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"testing"

	"github.com/patchbay-go/patchbay/tests/process"
)

// caseLine is one line of a script's report; the last line has only Cases.
type caseLine struct {
	Case   string
	OK     bool
	Detail string
	Cases  int
}

// runCases runs a peer's script to its end and makes a subtest of each case it reports.
func runCases(t *testing.T, name string, args ...string) {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), "PYTHONDONTWRITEBYTECODE=1")
	out, stderr, err := process.Finish(t, cmd)
	if err != nil {
		t.Fatalf("%s: %v\n%s%s", cmd, err, out, stderr)
	}
	ran, announced := 0, -1
	lines := bufio.NewScanner(bytes.NewReader(out))
	lines.Buffer(nil, len(out)+1)
	for lines.Scan() {
		var line caseLine
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			t.Logf("not part of the report: %s", lines.Text())
			continue
		}
		if line.Case == "" {
			announced = line.Cases
			continue
		}
		ran++
		t.Run(line.Case, func(t *testing.T) {
			if !line.OK {
				t.Error(line.Detail)
			}
		})
	}
	if ran == 0 || ran != announced {
		t.Errorf("%d cases ran, %d were announced\n%s", ran, announced, stderr)
	}
}
