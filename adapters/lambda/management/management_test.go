package management_test

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/patchbay-go/patchbay/adapters/lambda/management"
	"github.com/patchbay-go/patchbay/core"
)

var keys = credentials.NewStaticCredentialsProvider("AKID", "SECRET", "TOKEN")

// listen serves an API and returns its Gateway.
func listen(t *testing.T, serve http.HandlerFunc) *management.Gateway {
	t.Helper()
	server := httptest.NewServer(serve)
	t.Cleanup(server.Close)
	g, err := management.New(aws.Config{Region: "eu-west-1", Credentials: keys, BaseEndpoint: aws.String(server.URL + "/prod/")})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func TestPost(t *testing.T) {
	var got []string
	g := listen(t, func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		got = append(got, r.Method+" "+r.URL.EscapedPath()+" "+string(body))
		if want := authorization(t, r, body); r.Header.Get("Authorization") != want {
			t.Errorf("signature\n%s, want\n%s", r.Header.Get("Authorization"), want)
		}
	})
	if err := g.Post(t.Context(), "L0SM9cOFvHcCIhw=", []byte(`{"a":1}`)); err != nil {
		t.Error(err)
	}
	if err := g.CloseSocket(t.Context(), "L0/+="); err != nil {
		t.Error(err)
	}
	want := "POST /prod/@connections/L0SM9cOFvHcCIhw%3D {\"a\":1}|DELETE /prod/@connections/L0%2F%2B%3D " // as the SDK's own client writes them
	if text := strings.Join(got, "|"); text != want {
		t.Errorf("got  %s\nwant %s", text, want)
	}
	if g.MaxUnit() != 131072 {
		t.Errorf("a message may have %d bytes, want 128 KiB", g.MaxUnit())
	}
}

// authorization signs what came once more.
func authorization(t *testing.T, r *http.Request, body []byte) string {
	t.Helper()
	at, err := time.Parse("20060102T150405Z", r.Header.Get("X-Amz-Date"))
	if err != nil {
		t.Fatal(err)
	}
	again, err := http.NewRequestWithContext(t.Context(), r.Method, "http://"+r.Host+r.URL.EscapedPath(), strings.NewReader(string(body)))
	if err != nil {
		t.Fatal(err)
	}
	if kind := r.Header.Get("Content-Type"); kind != "" {
		again.Header.Set("Content-Type", kind)
	}
	value, err := keys.Retrieve(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := v4.NewSigner().SignHTTP(t.Context(), value, again, hexOf(sha256.Sum256(body)), "execute-api", "eu-west-1", at); err != nil {
		t.Fatal(err)
	}
	return again.Header.Get("Authorization")
}

func TestAnswers(t *testing.T) {
	for name, row := range map[string]struct {
		status int
		gone   bool
		text   string // of the error; "": none
	}{
		"well":      {status: 200},
		"no body":   {status: 204},
		"gone":      {status: 410, gone: true, text: "gone"},
		"throttled": {status: 429, text: "429 Too Many Requests, LimitExceededException: slow down"},
		"forbidden": {status: 403, text: "403 Forbidden"},
		"broken":    {status: 500, text: "500"},
	} {
		t.Run(name, func(t *testing.T) {
			g := listen(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("X-Amzn-Errortype", "LimitExceededException")
				w.WriteHeader(row.status)
				if row.status >= 400 {
					_, _ = io.WriteString(w, "slow down")
				}
			})
			err := g.Post(t.Context(), "s", []byte("x"))
			if errors.Is(err, core.ErrSocketGone) != row.gone || (err == nil) != (row.text == "") {
				t.Fatalf("got %v", err)
			}
			if err != nil && !strings.Contains(err.Error(), row.text) {
				t.Errorf("got %v, want %s", err, row.text)
			}
		})
	}
}

func TestNewSaysWhatIsMissing(t *testing.T) {
	for name, cfg := range map[string]aws.Config{
		"no endpoint":           {Region: "r", Credentials: keys},
		"no host":               {Region: "r", Credentials: keys, BaseEndpoint: aws.String("wss:")},
		"no credentials":        {Region: "r", BaseEndpoint: aws.String("https://h")},
		"no region to sign for": {Credentials: keys, BaseEndpoint: aws.String("https://h")},
	} {
		if _, err := management.New(cfg); err == nil {
			t.Errorf("%s: got no error", name)
		}
	}
}

func hexOf(sum [sha256.Size]byte) string { return hex.EncodeToString(sum[:]) }
