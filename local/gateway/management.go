package gateway

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

// manage answers the API Gateway Management API, by which a function reaches its clients: POST sends, GET tells of a connection, DELETE
// ends it. Paths have the connection's id, escaped, behind "@connections/".
// Specification: service apigatewaymanagementapi, version 2018-11-29.
func (ws *WebSocket) manage(w http.ResponseWriter, r *http.Request, escapedID string) {
	w.Header().Set("X-Amzn-Requestid", ws.options.NewID())
	if err := ws.manageConnection(w, r, escapedID); err != nil {
		err.answer(w)
	}
}

// manageConnection answers the request, or returns an error that is to be answered.
func (ws *WebSocket) manageConnection(w http.ResponseWriter, r *http.Request, escapedID string) *managementError {
	if err := checkSignature(r); err != nil {
		return err
	}
	if ws.options.Faults.Throttle() {
		return &managementError{http.StatusTooManyRequests, "LimitExceededException", "Too Many Requests"}
	}
	id, err := url.PathUnescape(escapedID)
	if err != nil || !isConnectionID(id) {
		return &managementError{http.StatusBadRequest, "BadRequestException", "Invalid connectionId: " + id}
	}
	c := ws.connection(id)
	if c == nil {
		return goneException
	}
	switch r.Method {
	case http.MethodPost:
		return c.postFrom(w, r)
	case http.MethodGet:
		return c.describe(w)
	case http.MethodDelete:
		if !c.end(closedNormally) {
			return goneException
		}
		w.WriteHeader(http.StatusNoContent)
		return nil
	default:
		return &managementError{http.StatusForbidden, "ForbiddenException", "Forbidden"}
	}
}

// postFrom sends the request's body to the client. The answer comes as soon as the message has a place in the client's queue.
func (c *connection) postFrom(w http.ResponseWriter, r *http.Request) *managementError {
	message, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxMessage))
	if _, tooLong := errors.AsType[*http.MaxBytesError](err); tooLong {
		return &managementError{http.StatusRequestEntityTooLarge, "PayloadTooLargeException", fmt.Sprintf("Message too long: the limit is %d bytes", maxMessage)}
	}
	if err != nil {
		return &managementError{http.StatusBadRequest, "BadRequestException", "The body is incomplete"}
	}
	switch err := c.post(message); err {
	case nil:
		w.Header().Set("Content-Length", "0")
		w.WriteHeader(http.StatusOK)
		return nil
	case errBufferFull:
		return &managementError{http.StatusTooManyRequests, "LimitExceededException", "The client side buffer is full"}
	default:
		return goneException
	}
}

// describe tells what GetConnection tells.
func (c *connection) describe(w http.ResponseWriter) *managementError {
	c.mu.Lock()
	gone, lastActive := c.closed || c.ending != nil, c.lastActive
	c.mu.Unlock()
	if gone {
		return goneException
	}
	answerJSON(w, http.StatusOK, struct {
		ConnectedAt  string   `json:"connectedAt"`
		Identity     identity `json:"identity"`
		LastActiveAt string   `json:"lastActiveAt"`
	}{inISO8601(c.connectedAt), c.identity, inISO8601(lastActive)})
	return nil
}

func inISO8601(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// isConnectionID tells whether text has the form of a connection's id. AWS answers other text as a mistake, and only what has the form
// with "gone". Ids are in URL-safe base64; lengths have changed over the years.
func isConnectionID(text string) bool {
	b, err := base64.URLEncoding.DecodeString(text)
	return err == nil && len(b) >= 8 && len(b) <= 32
}
