//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package memory

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// lockFile takes the lock for as long as the file is open: the system lets go of it when a process dies.
func lockFile(f *os.File) error {
	err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return fmt.Errorf("another process, or another store of this one, has %s locked: end that, or name another file", f.Name())
	}
	return err
}
