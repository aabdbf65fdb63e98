package runtime

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"

	"github.com/patchbay-go/patchbay/local"
)

// maxErrorReport is how many bytes a report of an error may have.
const maxErrorReport = local.MaxResponse

// Headers of the Runtime API.
const (
	headerRequestID    = "Lambda-Runtime-Aws-Request-Id"
	headerDeadline     = "Lambda-Runtime-Deadline-Ms"
	headerARN          = "Lambda-Runtime-Invoked-Function-Arn"
	headerTrace        = "Lambda-Runtime-Trace-Id"
	headerErrorType    = "Lambda-Runtime-Function-Error-Type" // also a trailer of streamed answers
	trailerErrorReport = "Lambda-Runtime-Function-Error-Body" // base64
)

// handler is the Runtime API of one sandbox.
func (s *sandbox) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /2018-06-01/runtime/invocation/next", s.next)
	mux.HandleFunc("POST /2018-06-01/runtime/invocation/{id}/response", s.response)
	mux.HandleFunc("POST /2018-06-01/runtime/invocation/{id}/error", s.invocationError)
	mux.HandleFunc("POST /2018-06-01/runtime/init/error", s.reportInit)
	mux.HandleFunc("POST /2020-01-01/extension/register", s.register)
	mux.HandleFunc("GET /2020-01-01/extension/event/next", s.nextExtensionEvent)
	return mux
}

// next waits for an event and hands it to the process.
func (s *sandbox) next(w http.ResponseWriter, r *http.Request) {
	if !s.poll() {
		<-r.Context().Done()
		return
	}
	select {
	case inv := <-s.function.work:
		s.take(inv)
		s.hand(w, r, inv)
	case <-r.Context().Done(): // the process has gone, or is about to
	}
}

func (s *sandbox) hand(w http.ResponseWriter, r *http.Request, inv *invocation) {
	h := w.Header()
	h.Set(headerRequestID, inv.id)
	h.Set(headerDeadline, strconv.FormatInt(inv.began.Add(s.function.opts.Timeout).UnixMilli(), 10))
	h.Set(headerARN, functionARN)
	h.Set(headerTrace, inv.trace)
	h.Set("Content-Type", "application/json")
	h.Set("Content-Length", strconv.Itoa(len(inv.event)))
	if _, err := w.Write(inv.event); err != nil || r.Context().Err() != nil {
		s.fail(inv, local.NewFailure(local.Unhandled, "Runtime.ExitError", "RequestId: %s Error: the function went away before it had the event", inv.id))
	}
}

// response takes an answer: as a whole where the caller waits for that, else piece by piece.
func (s *sandbox) response(w http.ResponseWriter, r *http.Request) {
	inv := s.find(r.PathValue("id"))
	if inv == nil {
		refuse(w, http.StatusBadRequest, "InvalidRequestID", "Invalid request ID")
		return
	}
	if !inv.answer() {
		refuseSecond(w, "InvocationResponse")
		return
	}
	if inv.streamed {
		s.takeStream(w, r, inv)
	} else {
		s.takeWhole(w, r, inv)
	}
	if inv.fate != lives {
		s.kill()
	}
}

// dies tells whether the process is to die before its answer counts. If so it does: that fails the invocation.
func (s *sandbox) dies(inv *invocation) bool {
	if inv.fate != diesWithin {
		return false
	}
	s.kill()
	<-s.ended
	return true
}

func (s *sandbox) takeWhole(w http.ResponseWriter, r *http.Request, inv *invocation) {
	payload, err := io.ReadAll(io.LimitReader(r.Body, local.MaxResponse+1))
	switch {
	case err != nil:
		s.truncated(inv, err)
		return
	case len(payload) > local.MaxResponse:
		_, _ = io.Copy(io.Discard, io.LimitReader(r.Body, local.MaxStream)) // a function that still writes would not read the refusal
		s.fail(inv, local.NewFailure(local.Unhandled, "Function.ResponseSizeTooLarge",
			"Response payload size exceeded maximum allowed payload size (%d bytes).", local.MaxResponse))
		refuse(w, http.StatusRequestEntityTooLarge, "RequestEntityTooLarge", "Exceeded maximum allowed payload size (%d bytes).", local.MaxResponse)
		return
	}
	if s.dies(inv) {
		return
	}
	if failure := trailedFailure(r.Trailer); failure != nil {
		s.fail(inv, failure)
	} else {
		s.report(inv, nil)
		inv.succeed(payload)
	}
	accepted(w)
}

// takeStream copies an answer to the caller until either ends. A caller that goes early leaves the function to write to nobody.
func (s *sandbox) takeStream(w http.ResponseWriter, r *http.Request, inv *invocation) {
	stream := inv.stream(r.Header.Get("Content-Type"))
	body := io.LimitReader(r.Body, local.MaxStream+1)
	n, err := io.Copy(stream, body)
	if errors.Is(err, io.ErrClosedPipe) {
		var rest int64
		rest, err = io.Copy(io.Discard, body)
		n += rest
	}
	failure := trailedFailure(r.Trailer)
	switch {
	case err != nil:
		s.truncated(inv, err)
		return
	case s.dies(inv):
		return
	case n > local.MaxStream:
		s.fail(inv, local.NewFailure(local.Unhandled, "Function.ResponseSizeTooLarge",
			"Response payload size exceeded maximum allowed payload size (%d bytes).", local.MaxStream))
		refuse(w, http.StatusRequestEntityTooLarge, "RequestEntityTooLarge", "Exceeded maximum allowed payload size (%d bytes).", local.MaxStream)
		return
	case failure != nil:
		s.fail(inv, failure)
	default:
		s.report(inv, nil)
		inv.finish()
	}
	accepted(w)
}

// trailedFailure is what a function reports behind a streamed answer that it could not finish.
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html#runtimes-custom-response-streaming
func trailedFailure(trailer http.Header) *local.Failure {
	errorType := trailer.Get(headerErrorType)
	if errorType == "" {
		return nil
	}
	report, err := base64.StdEncoding.DecodeString(trailer.Get(trailerErrorReport))
	if err != nil {
		report = nil
	}
	return reportedFailure(report, errorType)
}

// truncated fails an invocation whose answer broke off.
func (s *sandbox) truncated(inv *invocation, err error) {
	s.fail(inv, local.NewFailure(local.Unhandled, "Runtime.TruncatedResponse", "RequestId: %s Error: the answer broke off: %v", inv.id, err))
}

// invocationError takes the report of an invocation that failed.
func (s *sandbox) invocationError(w http.ResponseWriter, r *http.Request) {
	inv := s.find(r.PathValue("id"))
	if inv == nil {
		refuse(w, http.StatusBadRequest, "InvalidRequestID", "Invalid request ID")
		return
	}
	report, ok := readReport(w, r)
	if !ok {
		return
	}
	if !inv.answer() {
		refuseSecond(w, "InvocationErrorResponse")
		return
	}
	s.fail(inv, reportedFailure(report, r.Header.Get(headerErrorType)))
	accepted(w)
}

// reportInit takes the report of a process that cannot start.
func (s *sandbox) reportInit(w http.ResponseWriter, r *http.Request) {
	report, ok := readReport(w, r)
	if !ok {
		return
	}
	failure := reportedFailure(report, r.Header.Get(headerErrorType))
	s.mu.Lock()
	early := !s.polls
	if early {
		s.initError = failure
	}
	s.mu.Unlock()
	if !early {
		refuseSecond(w, "InitError")
		return
	}
	accepted(w)
}

func readReport(w http.ResponseWriter, r *http.Request) ([]byte, bool) {
	report, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxErrorReport))
	if err != nil {
		refuse(w, http.StatusRequestEntityTooLarge, "RequestEntityTooLarge", "Exceeded maximum allowed payload size (%d bytes).", maxErrorReport)
		return nil, false
	}
	return report, true
}

// reportedFailure is a failure in the function's own words. The report is a JSON object with errorType and errorMessage; one that is not
// is passed on as it is, as Lambda does.
func reportedFailure(report []byte, errorType string) *local.Failure {
	var said struct {
		Type    string `json:"errorType"`
		Message string `json:"errorMessage"`
	}
	err := json.Unmarshal(report, &said)
	if said.Type == "" {
		said.Type = errorType
	}
	if said.Type == "" {
		said.Type = "Unhandled"
	}
	if err != nil || len(bytes.TrimSpace(report)) == 0 {
		return local.NewFailure(local.Unhandled, said.Type, "%s", report)
	}
	return &local.Failure{Kind: local.Unhandled, Type: said.Type, Message: said.Message, Payload: report}
}

// fail fails an invocation that nobody else has.
func (s *sandbox) fail(inv *invocation, failure *local.Failure) {
	if inv.fail(failure) {
		s.report(inv, failure)
	}
}

// accepted is the answer to what was taken.
func accepted(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusAccepted)
	_, _ = io.WriteString(w, `{"status":"OK"}`+"\n") // a process that has gone shows by its end
}

// refuseSecond refuses a second answer to one event, or one that came too late.
func refuseSecond(w http.ResponseWriter, to string) {
	refuse(w, http.StatusForbidden, "InvalidStateTransition",
		"State transition from Ready to %s failed for runtime. Error: State transition is not allowed", to)
}

func refuse(w http.ResponseWriter, status int, errorType, format string, args ...any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(local.NewFailure(local.Unhandled, errorType, format, args...).Payload) // as above
}
