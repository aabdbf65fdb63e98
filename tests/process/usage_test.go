package process

import (
	"os"
	"syscall"
	"testing"
	"time"
)

func TestCPU(t *testing.T) {
	before, err := cpuOf(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	for start := ownCPU(t); ownCPU(t)-start < 100*time.Millisecond; {
	}
	after, err := cpuOf(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	if got := after - before; got < 50*time.Millisecond || got > 10*time.Second {
		t.Errorf("100 ms of work took %s by the kernel's count", got)
	}
}

// ownCPU is this process's CPU time as the kernel counts it finely.
func ownCPU(t *testing.T) time.Duration {
	t.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		t.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
