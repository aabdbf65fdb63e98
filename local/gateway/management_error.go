package gateway

import (
	"net/http"
	"strings"
)

// A managementError is an error of the API Gateway Management API. SDKs find its type in a header.
type managementError struct {
	status    int
	errorType string
	message   string
}

// goneException is said of connections that have ended and of those that never were.
var goneException = &managementError{status: http.StatusGone, errorType: "GoneException"}

// answer writes the error as AWS does: the type in a header, the message in JSON, and no body at all where there is no message.
func (e *managementError) answer(w http.ResponseWriter) {
	w.Header().Set("X-Amzn-Errortype", e.errorType)
	if e.message == "" {
		w.Header().Set("Content-Length", "0")
		w.WriteHeader(e.status)
		return
	}
	answerJSON(w, e.status, gatewayMessage{Message: e.message})
}

// checkSignature tells what is wrong with a request's AWS signature. The key is nobody's and is not looked at: what is found are
// requests that are not signed, and those that are signed for another service. Both are refused in the real API.
func checkSignature(r *http.Request) *managementError {
	algorithm, rest, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.HasPrefix(algorithm, "AWS4-") {
		return &managementError{http.StatusForbidden, "ForbiddenException", "Missing Authentication Token"}
	}
	parts := map[string]string{}
	for part := range strings.SplitSeq(rest, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		parts[name] = value
	}
	for _, name := range []string{"Credential", "SignedHeaders", "Signature"} {
		if parts[name] == "" {
			return &managementError{http.StatusForbidden, "IncompleteSignatureException", "Authorization header requires '" + name + "' parameter."}
		}
	}
	scope := strings.Split(parts["Credential"], "/")
	if len(scope) < 3 || scope[len(scope)-1] != "aws4_request" || scope[len(scope)-2] != "execute-api" {
		return &managementError{http.StatusForbidden, "InvalidSignatureException", "Credential should be scoped to correct service: 'execute-api'."}
	}
	return nil
}
