package client

import (
	"fmt"
	"time"
)

// A Fault is what a server answers in place of a result.
type Fault struct {
	Code    string // as the protocol has it: "Server.Processing", "-32601"
	Message string
}

func (f *Fault) Error() string { return fmt.Sprintf("fault %s: %s", f.Code, f.Message) }

// A StatusError is an answer by HTTP alone.
type StatusError struct {
	Code     int
	Status   string // with its text: "404 Not Found"
	Text     string
	Location string // where a redirection leads
}

func (e *StatusError) Error() string {
	if e.Location != "" {
		return fmt.Sprintf("the server answered %s and points to %.500q: use that, if you trust it", e.Status, e.Location)
	}
	return fmt.Sprintf("the server answered %s: %s", e.Status, e.Text)
}

// A ConnectionError says that no answer came, or no more.
type ConnectionError struct {
	err   error
	retry time.Duration // after which the server wants to be asked again; zero: it did not say
}

func (e *ConnectionError) Error() string { return "no answer came: " + e.err.Error() }
func (e *ConnectionError) Unwrap() error { return e.err }
