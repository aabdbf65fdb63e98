package cloudrun_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math/big"
	"net/http"
	"strings"
	"testing"
	"time"
)

const (
	audience = "https://chat.example/push"
	account  = "pusher@project.iam.gserviceaccount.com"
)

// A signer signs tokens as Google does, and is where its keys are got.
type signer struct {
	key   *rsa.PrivateKey
	curve *ecdsa.PrivateKey
	asked int // for keys
}

func newSigner(t testing.TB) *signer {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return &signer{key: key, curve: curve}
}

// RoundTrip implements http.RoundTripper: it answers as www.googleapis.com and www.gstatic.com.
func (s *signer) RoundTrip(r *http.Request) (*http.Response, error) {
	s.asked++
	coordinate := func(n *big.Int) string { return base64.RawURLEncoding.EncodeToString(n.FillBytes(make([]byte, 32))) }
	keys := map[string]any{"keys": []any{
		map[string]string{"kid": "k1", "kty": "RSA", "alg": "RS256", "n": encode(s.key.N.Bytes()), "e": encode(big.NewInt(int64(s.key.E)).Bytes())},
		map[string]string{"kid": "c1", "kty": "EC", "alg": "ES256", "crv": "P-256", "x": coordinate(s.curve.X), "y": coordinate(s.curve.Y)},
	}}
	text, err := json.Marshal(keys)
	if err != nil {
		return nil, err
	}
	return &http.Response{
		StatusCode: http.StatusOK, Request: r, Header: http.Header{"Cache-Control": {"max-age=3600"}}, Body: io.NopCloser(strings.NewReader(string(text))),
	}, nil
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// A claim is one that differs from what Pub/Sub says; nil: it is left out.
type claim map[string]any

// claims are those of a good token, but for some.
func claims(but claim) map[string]any {
	now := time.Now()
	all := map[string]any{
		"aud": audience, "iss": "https://accounts.google.com", "email": account, "email_verified": true, "sub": "113",
		"iat": now.Unix(), "exp": now.Add(time.Hour).Unix(),
	}
	maps.Copy(all, but)
	maps.DeleteFunc(all, func(_ string, v any) bool { return v == nil })
	return all
}

// token signs claims; the header's members may be other ones.
func (s *signer) token(t testing.TB, algorithm, kid string, but claim) string {
	t.Helper()
	head, err := json.Marshal(map[string]string{"alg": algorithm, "kid": kid, "typ": "JWT"})
	if err != nil {
		t.Fatal(err)
	}
	payload, err := json.Marshal(claims(but))
	if err != nil {
		t.Fatal(err)
	}
	signed := encode(head) + "." + encode(payload)
	return signed + "." + encode(s.sign(t, algorithm, signed))
}

func (s *signer) sign(t testing.TB, algorithm, text string) []byte {
	t.Helper()
	digest := sha256.Sum256([]byte(text))
	switch algorithm {
	case "RS256":
		signature, err := rsa.SignPKCS1v15(rand.Reader, s.key, crypto.SHA256, digest[:])
		if err != nil {
			t.Fatal(err)
		}
		return signature
	case "ES256":
		r, v, err := ecdsa.Sign(rand.Reader, s.curve, digest[:])
		if err != nil {
			t.Fatal(err)
		}
		return append(r.FillBytes(make([]byte, 32)), v.FillBytes(make([]byte, 32))...)
	case "HS256": // with the public key, which everybody knows, as the secret
		mac := hmac.New(sha256.New, s.key.N.Bytes())
		mac.Write([]byte(text))
		return mac.Sum(nil)
	}
	return nil
}

// wrapped is what Pub/Sub pushes of a message by default.
func wrapped(id, data string, attributes map[string]string) string {
	members, _ := json.Marshal(attributes)
	return fmt.Sprintf(`{"message":{"attributes":%s,"data":%q,"messageId":%q,"message_id":%q,"publishTime":"2026-11-01T00:00:00Z","publish_time":"2026-11-01T00:00:00Z"},"subscription":"projects/p/subscriptions/s"}`,
		members, base64.StdEncoding.EncodeToString([]byte(data)), id, id)
}
