package client

import (
	"bufio"
	"fmt"
	"io"
)

// A frameReader reads the answer to a streaming request: frames of the length in hexadecimal digits, CR LF and the content, behind which
// servers may or may not write another CR LF. Between frames stand heartbeats, bytes of 0, and a frame whose content begins with 0 is
// there to fill buffers on the way: flex-messaging, StreamingConnectionHandler.as.
type frameReader struct {
	r   *bufio.Reader
	max int // bytes of a content
}

func newFrameReader(r io.Reader, limit int) *frameReader {
	return &frameReader{r: bufio.NewReader(r), max: limit}
}

// A frameError says that what came is no stream of frames.
type frameError struct{ text string }

func (e *frameError) Error() string { return "read the answer as a stream of messages: " + e.text }

// next returns the content of the next frame that has a message in it, io.EOF at the end.
func (f *frameReader) next() ([]byte, error) {
	for {
		length, err := f.length()
		if err != nil {
			return nil, err
		}
		content, err := io.ReadAll(io.LimitReader(f.r, int64(length))) // takes memory as the bytes come
		if err == nil && len(content) < length {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return nil, err
		}
		if length > 0 && content[0] != 0 {
			return content, nil
		}
	}
}

// length reads the digits before a frame and their line end.
func (f *frameReader) length() (int, error) {
	b, err := f.afterPadding()
	n, digits := 0, 0
	for ; err == nil && b != '\r'; b, err = f.r.ReadByte() {
		d, ok := hexDigit(b)
		if !ok {
			return 0, &frameError{fmt.Sprintf("%q is no length of a frame", b)}
		}
		digits++
		if n = n<<4 | d; n > f.max || digits > maxDigits {
			return 0, &frameError{fmt.Sprintf("a frame has more than %d bytes", f.max)}
		}
	}
	if err == nil {
		b, err = f.r.ReadByte()
	}
	if err != nil {
		return 0, cutOff(err, digits)
	}
	if b != '\n' {
		return 0, &frameError{fmt.Sprintf("%q stands behind the length of a frame", b)}
	}
	return n, nil
}

// maxDigits is how many digits a length may have, those in front that count nothing included.
const maxDigits = 16

// afterPadding returns the first byte that is no heartbeat and no line end behind a frame.
func (f *frameReader) afterPadding() (byte, error) {
	for {
		b, err := f.r.ReadByte()
		if err != nil || b != 0 && b != '\r' && b != '\n' {
			return b, err
		}
	}
}

// cutOff says whether a stream has ended within a frame.
func cutOff(err error, digits int) error {
	if err == io.EOF && digits > 0 {
		return io.ErrUnexpectedEOF
	}
	return err
}

func hexDigit(b byte) (int, bool) {
	switch {
	case '0' <= b && b <= '9':
		return int(b - '0'), true
	case 'a' <= b && b <= 'f':
		return int(b-'a') + 10, true
	case 'A' <= b && b <= 'F':
		return int(b-'A') + 10, true
	}
	return 0, false
}
