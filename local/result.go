package local

import (
	"encoding/json"
	"fmt"
	"io"
)

// MaxPayload is how many bytes an event may have, and MaxResponse how many a buffered answer: Lambda's 6 MB quota, of which the answer's
// has 100 bytes more. MaxStream is the default quota of a streamed answer.
const (
	MaxPayload  = 6 << 20
	MaxResponse = 6<<20 + 100
	MaxStream   = 200 << 20
)

// A Result is what a function has returned from one invocation, whole.
type Result struct {
	RequestID string

	// Payload is the answer as the function has written it: JSON, for most events. It belongs to the caller.
	Payload []byte
}

// A Stream is what a function returns from one invocation while it is still at work. The caller must close it, and may do so early:
// the function is then left to finish with nobody listening, as on the real platform.
type Stream struct {
	RequestID string

	// ContentType is what the function said that it answers. An answer that begins with a prelude, a JSON object with status and headers
	// before eight zero bytes, says [PreludeType].
	ContentType string

	// Body gives the bytes as they come. It ends with [io.EOF], or with a [*Failure] where the function failed in the middle.
	Body io.ReadCloser
}

// PreludeType is the content type of a streamed answer that begins with a prelude.
const PreludeType = "application/vnd.awslambda.http-integration-response"

// A Kind is why an invocation has no result.
type Kind int

// The kinds of failures.
const (
	Unhandled Kind = iota // the function reported an error, ended, could not start, or answered too much
	TimedOut              // it did not answer in its time
	Throttled             // it was not asked, since too many others are
	TooLarge              // it was not asked, since the event has more than MaxPayload bytes
)

// A Failure is why an invocation has no result. It is an error: find it with errors.AsType.
type Failure struct {
	Kind Kind

	// Type and Message are what Lambda calls errorType and errorMessage, such as "Runtime.ExitError" and
	// "RequestId: 1-2 Error: Runtime exited with error: exit status 2".
	Type, Message string

	// Payload is what Lambda's Invoke API would answer with: the JSON that the function reported, or one with the two members above.
	Payload []byte
}

// NewFailure returns a failure that the platform itself reports.
func NewFailure(kind Kind, errorType, format string, args ...any) *Failure {
	f := &Failure{Kind: kind, Type: errorType, Message: fmt.Sprintf(format, args...)}
	f.Payload, _ = json.Marshal(report{f.Type, f.Message}) //nolint:errchkjson // text always marshals
	return f
}

// A report is a failure as the Runtime API and the Invoke API write it.
type report struct {
	Type    string `json:"errorType"`
	Message string `json:"errorMessage"`
}

// Error says type and message, as the log of the platform does.
func (f *Failure) Error() string { return f.Type + ": " + f.Message }
