package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/patchbay-go/patchbay/local"
)

// authorizerEvent is what a REQUEST authorizer is handed: the event of $connect, with what access is asked for.
type authorizerEvent struct {
	Type      string `json:"type"`
	MethodARN string `json:"methodArn"`
	*webSocketEvent

	IsBase64Encoded *struct{} `json:"isBase64Encoded,omitempty"` // an authorizer's event has none
}

// What clients are told whom an authorizer does not let in: "Lambda authorizers" in API Gateway's developer guide.
var (
	unauthorized      = &refusal{http.StatusUnauthorized, "Unauthorized"}
	notAllowed        = &refusal{http.StatusForbidden, "User is not authorized to access this resource"}
	explicitlyDenied  = &refusal{http.StatusForbidden, "User is not authorized to access this resource with an explicit deny"}
	authorizerFailure = &refusal{http.StatusInternalServerError, "Internal server error"}
)

// authorize asks the API's authorizer, and returns what events have as requestContext.authorizer, or what the client is told instead.
func (ws *WebSocket) authorize(ctx context.Context, c *connection, r *http.Request) (json.RawMessage, *refusal) {
	resource := fmt.Sprintf("arn:aws:execute-api:%s:%s:%s/%s/%s", region, accountID, ws.options.APIID, ws.stage(), connectRoute)
	event, err := encode(&authorizerEvent{Type: "REQUEST", MethodARN: resource, webSocketEvent: ws.connectEvent(c, r)})
	if err != nil {
		return nil, authorizerFailure // never: the event is text and numbers
	}
	ctx, cancel := context.WithTimeout(ctx, ws.options.IntegrationTimeout)
	defer cancel()
	asked := time.Now()
	result, err := ws.options.Authorizer.Invoke(ctx, event)
	if err != nil {
		if failure, ok := errors.AsType[*local.Failure](err); ok && failure.Message == "Unauthorized" {
			return nil, unauthorized // the one error that an authorizer says on purpose
		}
		ws.options.Logger.Warn("the authorizer has failed", "error", err)
		return nil, authorizerFailure
	}
	claims, refused, err := readAuthorizer(result.Payload, resource, time.Since(asked))
	if err != nil {
		ws.options.Logger.Warn("malformed answer of the authorizer", "error", err)
		return nil, authorizerFailure
	}
	return claims, refused
}

// maxAuthorizer is how many bytes an authorizer may answer (API Gateway quotas).
const maxAuthorizer = 8 << 10

// oneOrMore is a member of a policy that is one text or a list of them.
type oneOrMore []string

// UnmarshalJSON reads either.
func (s *oneOrMore) UnmarshalJSON(b []byte) error {
	var one string
	if json.Unmarshal(b, &one) == nil {
		*s = oneOrMore{one}
		return nil
	}
	return json.Unmarshal(b, (*[]string)(s))
}

// A statement of an IAM policy, as far as authorizers write them.
type statement struct {
	Effect   string
	Action   oneOrMore
	Resource oneOrMore
}

// readAuthorizer reads what an authorizer answers: who it is, a policy, and a context of texts, numbers and truth values, which all reach the
// function as texts.
func readAuthorizer(payload []byte, resource string, took time.Duration) (claims json.RawMessage, refused *refusal, err error) {
	if len(payload) > maxAuthorizer {
		return nil, nil, fmt.Errorf("it has %d bytes, and may have %d", len(payload), maxAuthorizer)
	}
	var answer struct {
		PrincipalID    string                           `json:"principalId"`
		PolicyDocument *struct{ Statement []statement } `json:"policyDocument"`
		Context        map[string]*scalar               `json:"context"`
	}
	if err := json.Unmarshal(payload, &answer); err != nil {
		return nil, nil, err
	}
	if answer.PrincipalID == "" || answer.PolicyDocument == nil {
		return nil, nil, errors.New("it lacks principalId or policyDocument")
	}
	if refused := judge(answer.PolicyDocument.Statement, resource); refused != nil {
		return nil, refused, nil
	}
	told := map[string]any{}
	for name, value := range answer.Context {
		if value == nil {
			return nil, nil, fmt.Errorf("context member %q is null, and not text, a number or a truth value", name)
		}
		told[name] = string(*value)
	}
	told["principalId"], told["integrationLatency"] = answer.PrincipalID, took.Milliseconds()
	claims, err = encode(told)
	return claims, nil, err
}

// judge returns nil where statements allow what is asked for, and none of them denies it.
func judge(statements []statement, resource string) *refusal {
	verdict := notAllowed
	for _, s := range statements {
		if !anyMatches(s.Action, "execute-api:Invoke") || !anyMatches(s.Resource, resource) {
			continue
		}
		if s.Effect == "Deny" {
			return explicitlyDenied
		}
		if s.Effect == "Allow" {
			verdict = nil
		}
	}
	return verdict
}

func anyMatches(patterns []string, text string) bool {
	for _, pattern := range patterns {
		if matches(pattern, text) {
			return true
		}
	}
	return false
}

// matches tells whether a text fits a pattern of IAM, in which * is any text and ? any one character. It takes no longer than their lengths
// multiplied.
func matches(pattern, text string) bool {
	star, mark := -1, 0
	p, t := 0, 0
	for t < len(text) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, mark = p, t
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == text[t]):
			p++
			t++
		case star >= 0:
			mark++
			p, t = star+1, mark
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}
