package process

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// ticks is how finely Linux counts CPU time in /proc: always 100 a second.
const ticks = time.Second / 100

// CPU returns the CPU time that the process has taken so far, user and system, all threads.
func (p *Process) CPU() (time.Duration, error) { return cpuOf(p.PID()) }

func cpuOf(pid int) (time.Duration, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	// The second field is the name in parentheses, which may hold anything; utime and stime are the 14th and 15th.
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	if len(fields) < 13 {
		return 0, fmt.Errorf("stat of process %d is %q", pid, stat)
	}
	user, errUser := strconv.ParseInt(fields[11], 10, 64)
	system, errSystem := strconv.ParseInt(fields[12], 10, 64)
	return time.Duration(user+system) * ticks, errors.Join(errUser, errSystem)
}

// Memory returns how many bytes of the process are in the machine's memory.
func (p *Process) Memory() (int64, error) {
	statm, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", p.PID()))
	if err != nil {
		return 0, err
	}
	fields := strings.Fields(string(statm))
	if len(fields) < 2 {
		return 0, fmt.Errorf("statm of process %d is %q", p.PID(), statm)
	}
	pages, err := strconv.ParseInt(fields[1], 10, 64) // the second is resident
	return pages * int64(os.Getpagesize()), err
}
