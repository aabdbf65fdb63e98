package value

import (
	"errors"
	"strconv"
	"strings"
)

// An Error says where a unit cannot be read, bound or written, and why. It is made on the failing path only.
type Error struct {
	Offset int    // bytes from the start of the unit; negative: not known
	Path   string // members and indexes from the outermost value, as in "[0].items[3].name"; empty: the value itself
	Err    error  // the reason: one of the errors below, or text of its own
}

// The reasons that callers tell apart.
var (
	ErrTruncated = errors.New("the input ends within a value")
	ErrSyntax    = errors.New("not well-formed")
	ErrLimit     = errors.New("over a limit")
	ErrCycle     = errors.New("a value contains itself")
	ErrType      = errors.New("wrong type") // bytes that can be read, but do not fit the destination
	ErrEncode    = errors.New("cannot be encoded")
)

// HasReason reports whether the reason of err is one of the list above, so that its text was written for whoever sent the value. Others
// come from types that read or write themselves.
func HasReason(err error) bool {
	for _, reason := range [...]error{ErrTruncated, ErrSyntax, ErrLimit, ErrCycle, ErrType, ErrEncode} {
		if errors.Is(err, reason) {
			return true
		}
	}
	return false
}

// Errorf returns an Error at offset for a reason of the list above, with words of its own.
func Errorf(offset int, reason error, words ...string) *Error {
	return &Error{Offset: offset, Err: &worded{reason, strings.Join(words, "")}}
}

// A worded is a reason and the words for people; errors.Is sees the reason.
type worded struct {
	reason error
	words  string
}

func (w *worded) Error() string {
	if w.words == "" {
		return w.reason.Error()
	}
	return w.words
}

func (w *worded) Unwrap() error { return w.reason }

func (e *Error) Error() string {
	var b strings.Builder
	if e.Path != "" {
		b.WriteString(e.Path)
		b.WriteString(": ")
	}
	b.WriteString(e.Err.Error())
	if e.Offset >= 0 {
		b.WriteString(" (at byte ")
		b.WriteString(strconv.Itoa(e.Offset))
		b.WriteString(")")
	}
	return b.String()
}

// Unwrap returns the reason.
func (e *Error) Unwrap() error { return e.Err }

// Within returns err with one more step, such as ".name" or "[3]", before its path.
func Within(step string, err error) error {
	if e, ok := errors.AsType[*Error](err); ok {
		return &Error{Offset: e.Offset, Path: step + e.Path, Err: e.Err}
	}
	return &Error{Offset: -1, Path: step, Err: err}
}

// WithinIndex is Within for the element with index i.
func WithinIndex(i int, err error) error { return Within("["+strconv.Itoa(i)+"]", err) }

// WithinMember is Within for a named member.
func WithinMember(name string, err error) error { return Within("."+name, err) }
