package client

import "fmt"

// An unreadableError is one of what has come: it cannot be read, or has no form in JSON. It is of that alone, and says nothing of what comes
// next: a publisher may send what not all its subscribers know, and must not end them.
type unreadableError struct{ err error }

func (e *unreadableError) Error() string { return e.err.Error() }

func (e *unreadableError) Unwrap() error { return e.err }

// unreadable makes an unreadableError of an error; nil of nil.
func unreadable(doing string, err error) error {
	if err == nil {
		return nil
	}
	return &unreadableError{fmt.Errorf("%s: %w", doing, err)}
}
