package runtime

import (
	"bufio"
	"io"
	"os"
	"sync"
)

// maxLine is how long a line of a process may be before it is cut in two.
const maxLine = 64 << 10

// A lineWriter gives a writer the lines of many processes, each of them whole.
type lineWriter struct {
	w       io.Writer
	mu      sync.Mutex // held while w is written to
	readers sync.WaitGroup
}

// pipe returns what a process can print to. It is read until all who have it have closed it.
func (l *lineWriter) pipe() (*os.File, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	l.readers.Go(func() {
		defer func() { _ = r.Close() }() // nobody writes any more
		l.copy(r)
	})
	return w, nil
}

// wait returns when all that was printed has been written.
func (l *lineWriter) wait() { l.readers.Wait() }

func (l *lineWriter) copy(r io.Reader) {
	lines := bufio.NewReaderSize(r, maxLine)
	for {
		line, err := lines.ReadSlice('\n')
		l.write(line)
		if err != nil && err != bufio.ErrBufferFull {
			return
		}
	}
}

func (l *lineWriter) write(line []byte) {
	if len(line) == 0 {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	_, _ = l.w.Write(line) // what cannot be shown must not hold up the function
	if line[len(line)-1] != '\n' {
		_, _ = io.WriteString(l.w, "\n") // as above
	}
}
