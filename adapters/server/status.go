package server

import (
	"net/http"

	"github.com/patchbay-go/patchbay/core"
)

// statusClientClosed is nginx's status for a request that its sender gave up; nobody sees it but the log.
const statusClientClosed = 499

// statusOf is the HTTP status of a fault, where no protocol can tell it.
func statusOf(c core.Code) int {
	switch c {
	case core.Malformed, core.Invalid:
		return http.StatusBadRequest
	case core.NotFound:
		return http.StatusNotFound
	case core.Unauthenticated:
		return http.StatusUnauthorized
	case core.Denied:
		return http.StatusForbidden
	case core.Exists, core.Conflict:
		return http.StatusConflict
	case core.TooLarge:
		return http.StatusRequestEntityTooLarge
	case core.Exhausted:
		return http.StatusTooManyRequests
	case core.Unavailable:
		return http.StatusServiceUnavailable
	case core.Timeout:
		return http.StatusGatewayTimeout
	case core.Canceled:
		return statusClientClosed
	}
	return http.StatusInternalServerError // Failed, Internal
}
