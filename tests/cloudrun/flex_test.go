//go:build peers

package cloudrun

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/patchbay-go/patchbay/tests/process"
	"github.com/patchbay-go/patchbay/tests/servers"
)

// The original clients do all that they do elsewhere, polls that wait and streams too, on Firestore. There is no address book here.
func TestFlexClients(t *testing.T) {
	url := "http://" + start(t, firestore(t)...).Ready["http"] + "/amf"
	build, err := servers.Build()
	if err != nil {
		t.Fatal(err)
	}
	classes := filepath.Join(build, "blazeds/classes") + string(filepath.ListSeparator) + filepath.Join(build, "blazeds/lib", "*")
	t.Run("AMFConnection", func(t *testing.T) {
		runCases(t, exec.Command("java", "-XX:+UseSerialGC", "-cp", classes, "patchbay.Client", url), 170)
	})
	t.Run("Py3AMF", func(t *testing.T) { runCases(t, python(t, "../peers/py3amf/client.py", url), 220) })
}

// runCases runs a client's cases, each of which prints how it went, and fails unless so many of them went well and none badly.
func runCases(t *testing.T, cmd *exec.Cmd, some int) {
	t.Helper()
	out, stderr, err := process.Finish(t, cmd)
	if err != nil {
		t.Fatalf("%v\n%s%s", err, out, stderr)
	}
	well := 0
	lines := bufio.NewScanner(bytes.NewReader(out))
	lines.Buffer(nil, len(out)+1)
	for lines.Scan() {
		var report struct {
			Case, Detail string
			OK           bool
		}
		switch err := json.Unmarshal(lines.Bytes(), &report); {
		case err != nil:
			t.Logf("not part of the report: %s", lines.Text())
		case report.OK:
			well++
		case report.Case != "" && !isAddressBook(report.Case): // the last line is but their number
			t.Errorf("%s: %s", report.Case, report.Detail)
		}
	}
	t.Logf("%d cases went well", well)
	if well < some {
		t.Errorf("%d cases went well, want %d or more", well, some)
	}
}

func isAddressBook(name string) bool { return strings.HasPrefix(strings.ToLower(name), "addressbook") }
