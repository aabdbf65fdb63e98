package server

import (
	"io"
	"sync"
)

// buffers keeps memory for bodies and answers from request to request.
type buffers struct{ pool sync.Pool }

// A buffer is what one body or answer is gathered in.
type buffer struct {
	bytes []byte
	asked int // bytes beyond freeBody that were asked for: see ration
}

const (
	firstBuffer = 1 << 10  // a poll's body fits, and is kept while it waits
	maxKept     = 1 << 20  // a buffer that has grown above this is left to the collector
	maxTrusted  = 64 << 10 // so much memory is taken on the word of a Content-Length
	freeBody    = 64 << 10 // bytes that a body may have without being asked for
)

func (p *buffers) get() *buffer {
	if b, ok := p.pool.Get().(*buffer); ok {
		return b
	}
	return &buffer{bytes: make([]byte, 0, firstBuffer)}
}

func (p *buffers) put(b *buffer) {
	if cap(b.bytes) <= maxKept {
		b.bytes, b.asked = b.bytes[:0], 0
		p.pool.Put(b)
	}
}

// grow makes room for a body of the length that its sender claims, as far as that is believed, and a byte for its end.
func (b *buffer) grow(claimed int64) {
	if want := int(min(claimed, maxTrusted)) + 1; want > cap(b.bytes) {
		b.bytes = make([]byte, 0, want)
	}
}

// An allower says why a body beyond freeBody may not take so much more memory, and be read on.
type allower interface {
	allow(more int) error
}

// readAll appends everything from r, at most limit bytes, as long as it is allowed.
func (b *buffer) readAll(r io.Reader, limit int, by allower) error {
	for {
		if len(b.bytes) == cap(b.bytes) {
			b.bytes = append(b.bytes, 0)[:len(b.bytes)]
		}
		n, err := r.Read(b.bytes[len(b.bytes):cap(b.bytes)])
		b.bytes = b.bytes[:len(b.bytes)+n]
		switch {
		case len(b.bytes) > limit:
			return errTooLarge
		case len(b.bytes) > freeBody+b.asked:
			more := cap(b.bytes) - freeBody - b.asked
			if err := by.allow(more); err != nil {
				return err
			}
			b.asked += more
		}
		switch {
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		}
	}
}

// fit leaves what was read in no more memory than it needs: a request may wait for long.
func (b *buffer) fit() {
	if n := cap(b.bytes); n > firstBuffer && len(b.bytes) < n/8 {
		b.bytes = append(make([]byte, 0, max(firstBuffer, len(b.bytes))), b.bytes...)
	}
}
