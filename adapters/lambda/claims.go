package lambda

import (
	"github.com/go-json-experiment/json/jsontext"
)

// restClaims returns what the authorizer of a REST API has found out: the claims of a token that a Cognito user pool has issued, or
// the context that a Lambda authorizer has made, with principalId.
func restClaims(authorizer jsontext.Value) (map[string]any, error) {
	return firstOf(authorizer, "claims")
}

// httpClaims returns what the authorizer of an HTTP API or function URL has found out: the claims of a token, the context that a Lambda
// authorizer has made, or who has signed the request.
func httpClaims(authorizer jsontext.Value) (map[string]any, error) {
	if isAbsent(authorizer) {
		return nil, nil
	}
	var jwt, context, signer jsontext.Value
	err := members(authorizer, func(name []byte, v jsontext.Value) error {
		switch string(name) {
		case "jwt":
			jwt = v
		case "lambda":
			context = v
		case "iam":
			signer = v
		}
		return nil
	})
	switch {
	case err != nil:
		return nil, err
	case !isAbsent(jwt):
		return firstOf(jwt, "claims")
	case !isAbsent(context):
		return plainMap(context)
	case !isAbsent(signer):
		return plainMap(signer)
	}
	return nil, nil
}

// firstOf returns the member of that name, if there is one and it is an object, or else the whole. Of nothing it is nil.
func firstOf(object jsontext.Value, name string) (map[string]any, error) {
	if isAbsent(object) {
		return nil, nil
	}
	m, err := plainMap(object)
	if err != nil {
		return nil, err
	}
	if inner, ok := m[name].(map[string]any); ok {
		return inner, nil
	}
	return m, nil
}
