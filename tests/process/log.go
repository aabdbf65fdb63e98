package process

import "sync"

// A Log keeps the last part, 64 KiB, of what a program prints. It may be used by several goroutines.
type Log struct {
	mu   sync.Mutex
	text []byte
}

const maxLog = 64 << 10

// Write implements io.Writer.
func (l *Log) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text = append(l.text, b...)
	if surplus := len(l.text) - maxLog; surplus > 0 {
		l.text = append(l.text[:0], l.text[surplus:]...)
	}
	return len(b), nil
}

// String returns what is kept.
func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return string(l.text)
}
