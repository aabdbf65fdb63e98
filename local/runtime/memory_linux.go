package runtime

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// groupMemory sums up the most memory, in bytes, that each process of a group has taken so far.
func groupMemory(group int) int64 {
	var sum int64
	stats, _ := filepath.Glob("/proc/[0-9]*/stat") // the pattern is good
	for _, stat := range stats {
		if groupOf(stat) == group {
			sum += peakOf(filepath.Join(filepath.Dir(stat), "status"))
		}
	}
	return sum
}

// groupOf reads the group from a stat file: the third field behind the name, which stands in parentheses and may hold anything.
func groupOf(stat string) int {
	text, err := os.ReadFile(stat)
	if err != nil {
		return 0 // it has ended meanwhile
	}
	fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
	if len(fields) < 3 {
		return 0
	}
	group, _ := strconv.Atoi(fields[2]) // 0 is no group
	return group
}

// peakOf reads the peak of the resident set, in bytes, from a status file.
func peakOf(status string) int64 {
	text, err := os.ReadFile(status)
	if err != nil {
		return 0 // as above
	}
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kb, _ := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64) // of the kernel, always a number
			return kb << 10
		}
	}
	return 0
}
