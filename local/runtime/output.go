package runtime

import (
	"bufio"
	"io"
	"os"
	"sync"
	"time"
)

// maxLine is how long a line of a process may be before it is cut in two.
const maxLine = 64 << 10

// A lineWriter gives a writer the lines of many processes, each of them whole.
type lineWriter struct {
	w       io.Writer
	mu      sync.Mutex // held while w is written to
	readers sync.WaitGroup

	pipesMu sync.Mutex
	pipes   map[*os.File]bool // that are read
}

// pipe returns what a process can print to. It is read until all who have it have closed it.
func (l *lineWriter) pipe() (*os.File, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	l.open(r)
	l.readers.Go(func() {
		defer l.close(r)
		l.copy(r)
	})
	return w, nil
}

func (l *lineWriter) open(r *os.File) {
	l.pipesMu.Lock()
	defer l.pipesMu.Unlock()
	if l.pipes == nil {
		l.pipes = map[*os.File]bool{}
	}
	l.pipes[r] = true
}

func (l *lineWriter) close(r *os.File) {
	l.pipesMu.Lock()
	defer l.pipesMu.Unlock()
	delete(l.pipes, r)
	_ = r.Close() // nobody writes any more, or is listened to
}

// lastWords is how long a pipe is read for when all processes have ended. What one of them has started in a group of its own lives on and has it.
const lastWords = time.Second

// wait returns when all that was printed by processes that have ended has been written.
func (l *lineWriter) wait() {
	timer := time.AfterFunc(lastWords, l.hearNoMore)
	defer timer.Stop()
	l.readers.Wait()
}

// hearNoMore ends all reading.
func (l *lineWriter) hearNoMore() {
	l.pipesMu.Lock()
	defer l.pipesMu.Unlock()
	for r := range l.pipes {
		_ = r.SetReadDeadline(time.Now()) // pipes have deadlines on all systems where processes have groups
	}
}

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
