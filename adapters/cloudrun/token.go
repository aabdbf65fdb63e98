package cloudrun

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"google.golang.org/api/idtoken"
	"google.golang.org/api/option"
)

// A verifier knows the tokens that Google signs for one account and one audience.
type verifier struct {
	validator         *idtoken.Validator
	audience, account string
	now               func() time.Time
}

// keysTimeout is how long Google's keys may take to come.
const keysTimeout = 5 * time.Second

// skew is how much the clocks of Google and of this machine may differ.
const skew = time.Minute

func newVerifier(ctx context.Context, o *PushOptions) (*verifier, error) {
	if o.Audience == "" || o.Account == "" {
		return nil, errors.New("a push endpoint needs the audience and the account of its tokens")
	}
	client := o.HTTPClient
	if client == nil {
		client = &http.Client{Timeout: keysTimeout}
	}
	validator, err := idtoken.NewValidator(ctx, option.WithHTTPClient(client))
	if err != nil {
		return nil, fmt.Errorf("prepare to check tokens: %w", err)
	}
	return &verifier{validator: validator, audience: o.Audience, account: o.Account, now: time.Now}, nil
}

// check is the error for a request that does not bear a token of our pusher's. The library checks signature, expiry and audience, the
// last one only where it is told any; who has signed for whom is left to us.
func (v *verifier) check(r *http.Request) error {
	token, err := bearer(r)
	if err != nil {
		return err
	}
	if err := checkAlgorithm(token); err != nil {
		return err
	}
	payload, err := v.validator.Validate(r.Context(), token, v.audience)
	if err != nil {
		return err
	}
	return v.checkClaims(payload)
}

// maxToken is how many bytes a token may have. Google's have about 1,000.
const maxToken = 8 << 10

// bearer returns the token of RFC 6750, section 2.1. Two headers are one too many.
func bearer(r *http.Request) (string, error) {
	values := r.Header.Values("Authorization")
	if len(values) != 1 {
		return "", fmt.Errorf("%d authorization headers", len(values))
	}
	scheme, token, _ := strings.Cut(values[0], " ")
	if !strings.EqualFold(scheme, "Bearer") || token == "" || len(token) > maxToken {
		return "", errors.New("no bearer token")
	}
	return token, nil
}

// checkAlgorithm lets nothing pass but what Google signs these tokens by. The library knows ES256 as well, and panics where the signature of
// such a token is short.
func checkAlgorithm(token string) error {
	head, _, _ := strings.Cut(token, ".")
	text, err := base64.RawURLEncoding.DecodeString(head)
	if err != nil {
		return fmt.Errorf("read token: %w", err)
	}
	var header struct {
		Algorithm string `json:"alg"`
	}
	if err := json.Unmarshal(text, &header); err != nil {
		return fmt.Errorf("read token: %w", err)
	}
	if header.Algorithm != "RS256" {
		return fmt.Errorf("a token signed by %q", header.Algorithm)
	}
	return nil
}

// checkClaims is the error for a token that Google has signed, but for somebody else or for another time.
func (v *verifier) checkClaims(p *idtoken.Payload) error {
	email, _ := p.Claims["email"].(string)
	verified, _ := p.Claims["email_verified"].(bool)
	now := v.now()
	notBefore, limited := p.Claims["nbf"].(float64)
	switch {
	case p.Audience != v.audience:
		return fmt.Errorf("a token for audience %q", p.Audience)
	case p.Issuer != "https://accounts.google.com" && p.Issuer != "accounts.google.com":
		return fmt.Errorf("a token by %q", p.Issuer)
	case !verified || subtle.ConstantTimeCompare([]byte(email), []byte(v.account)) != 1:
		return fmt.Errorf("a token of %q, verified: %t", email, verified)
	case p.Expires == 0 || now.After(time.Unix(p.Expires, 0).Add(skew)):
		return errors.New("a token that has expired")
	case p.IssuedAt == 0 || time.Unix(p.IssuedAt, 0).After(now.Add(skew)), limited && time.Unix(int64(notBefore), 0).After(now.Add(skew)):
		return errors.New("a token of the future")
	}
	return nil
}
