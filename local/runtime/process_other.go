//go:build !unix

package runtime

import (
	"os"
	"os/exec"
)

// ownGroup does nothing where there are no groups.
func ownGroup(*exec.Cmd) {}

// killGroup ends a process at once.
func killGroup(pid int) {
	if p, err := os.FindProcess(pid); err == nil {
		_ = p.Kill() // an error means that it is gone already
	}
}

// terminate ends a process at once, where it cannot be asked to.
func terminate(pid int) { killGroup(pid) }
