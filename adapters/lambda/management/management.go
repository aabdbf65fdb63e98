// Package management sends to the clients of an API Gateway WebSocket API, by its management API: POST and DELETE of
// /@connections/CONNECTION. It is apart from package lambda so that a function without sockets does not link it. A function has to be small and
// start soon, so the SDK's own client of these three operations is left out: requests are signed by the SDK's signer, which its other clients
// link anyway, and sent.
package management

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/patchbay-go/patchbay/core"
)

// maxUnit is how many bytes a message may have (API Gateway quotas, WebSocket message payload size). It goes out in frames of 32 KiB.
const maxUnit = 128 << 10

// A Gateway is a WebSocket API as core.Gateway.
type Gateway struct {
	endpoint string // without a slash at its end
	cfg      aws.Config
	client   aws.HTTPClient
	signer   *v4.Signer
}

var _ core.Gateway = (*Gateway)(nil)

// New returns the Gateway of a WebSocket API's stage. cfg has the region, the credentials, the HTTP client and, as BaseEndpoint, the stage's
// callback URL: https://API.execute-api.REGION.amazonaws.com/STAGE, by the API's own name also where a custom domain leads to it. What fails
// is not tried again here: core does that, within its time.
func New(cfg aws.Config) (*Gateway, error) {
	endpoint := strings.TrimRight(aws.ToString(cfg.BaseEndpoint), "/")
	if u, err := url.Parse(endpoint); err != nil || u.Host == "" {
		return nil, fmt.Errorf("the endpoint of the WebSocket API, %q, is no URL with a host", endpoint)
	}
	if cfg.Credentials == nil || cfg.Region == "" {
		return nil, errors.New("to send by a WebSocket API takes credentials and a region")
	}
	client := cfg.HTTPClient
	if client == nil {
		client = http.DefaultClient
	}
	return &Gateway{endpoint: endpoint, cfg: cfg, client: client, signer: v4.NewSigner()}, nil
}

// Post implements core.Gateway.
func (g *Gateway) Post(ctx context.Context, id string, unit []byte) error {
	return g.send(ctx, http.MethodPost, id, unit)
}

// CloseSocket implements core.Gateway. The client sees a close without a reason.
func (g *Gateway) CloseSocket(ctx context.Context, id string) error {
	return g.send(ctx, http.MethodDelete, id, nil)
}

// MaxUnit implements core.Gateway.
func (g *Gateway) MaxUnit() int { return maxUnit }

// send signs a request (Signature Version 4) and reads its answer.
func (g *Gateway) send(ctx context.Context, method, id string, unit []byte) error {
	req, err := http.NewRequestWithContext(ctx, method, g.endpoint+"/@connections/"+escape(id), bytes.NewReader(unit))
	if err != nil {
		return fmt.Errorf("%s to a socket: %w", method, err)
	}
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/octet-stream")
	}
	credentials, err := g.cfg.Credentials.Retrieve(ctx)
	if err != nil {
		return fmt.Errorf("credentials for the WebSocket API: %w", err)
	}
	hash := sha256.Sum256(unit)
	if err := g.signer.SignHTTP(ctx, credentials, req, hex.EncodeToString(hash[:]), "execute-api", g.cfg.Region, time.Now()); err != nil {
		return fmt.Errorf("sign for the WebSocket API: %w", err)
	}
	resp, err := g.client.Do(req)
	if err != nil {
		return fmt.Errorf("%s to a socket: %w", method, err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, _ := io.ReadAll(io.LimitReader(resp.Body, maxText)) // to its end, so that the connection is used again
	switch {
	case resp.StatusCode < http.StatusMultipleChoices:
		return nil
	case resp.StatusCode == http.StatusGone:
		return core.ErrSocketGone
	}
	return fmt.Errorf("%s to a socket: %s, %s: %.200s", method, resp.Status, resp.Header.Get("X-Amzn-Errortype"), text)
}

// escape writes a connection's id as AWS's SDKs do, with all but letters, digits and -._~ percent-encoded: "=" too, which most ids end with, and
// which could stand as it is. The signature covers the path as it is written, and the gateway has its own idea of that.
func escape(id string) string { return strings.ReplaceAll(url.QueryEscape(id), "+", "%20") }

const maxText = 4 << 10 // bytes of an answer that are read; the gateway's have some dozens
