package main

import "errors"

// The exit statuses.
const (
	statusOK           = 0
	statusFailed       = 1
	statusWrongUse     = 2
	statusNoConnection = 3
)

// A statusError is an error that ends the program with a status of its own.
type statusError struct {
	status int
	err    error
}

func (e *statusError) Error() string { return e.err.Error() }
func (e *statusError) Unwrap() error { return e.err }

func wrongUse(err error) error     { return &statusError{statusWrongUse, err} }
func noConnection(err error) error { return &statusError{statusNoConnection, err} }

// statusOf is the status that err ends the program with.
func statusOf(err error) int {
	if e, ok := errors.AsType[*statusError](err); ok {
		return e.status
	}
	return statusFailed
}
