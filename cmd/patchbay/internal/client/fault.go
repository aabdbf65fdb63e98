package client

import "fmt"

// A Fault is what a server answers in place of a result.
type Fault struct {
	Code    string // as the protocol has it: "Server.Processing", "-32601"
	Message string
}

func (f *Fault) Error() string { return fmt.Sprintf("fault %s: %s", f.Code, f.Message) }

// A ConnectionError says that no answer came.
type ConnectionError struct{ err error }

func (e *ConnectionError) Error() string { return "no answer came: " + e.err.Error() }
func (e *ConnectionError) Unwrap() error { return e.err }
