// Package management sends to the clients of an API Gateway WebSocket API, by its management API: POST and DELETE of
// /@connections/CONNECTION. It is apart from package lambda so that a function without sockets does not link its client.
package management

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	api "github.com/aws/aws-sdk-go-v2/service/apigatewaymanagementapi"
	"github.com/aws/aws-sdk-go-v2/service/apigatewaymanagementapi/types"

	"github.com/patchbay-go/patchbay/core"
)

// EndpointVariable is where a function finds its WebSocket API: it is the SDK's own variable for this service.
const EndpointVariable = "AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI"

// maxUnit is how many bytes a message may have (API Gateway quotas, WebSocket message payload size). It goes out in frames of 32 KiB.
const maxUnit = 128 << 10

// A Gateway is a WebSocket API as core.Gateway.
type Gateway struct{ client *api.Client }

var _ core.Gateway = (*Gateway)(nil)

// New returns the Gateway of a WebSocket API's stage. The endpoint is the stage's callback URL,
// https://API.execute-api.REGION.amazonaws.com/STAGE, by the API's own name also where a custom domain leads to it. cfg says region,
// credentials and HTTP client. What fails is tried again by core, which has a time for it: so the SDK tries once.
func New(cfg aws.Config, endpoint string) *Gateway {
	return &Gateway{client: api.NewFromConfig(cfg, func(o *api.Options) {
		o.BaseEndpoint = &endpoint
		o.Retryer = aws.NopRetryer{}
	})}
}

// Post implements core.Gateway.
func (g *Gateway) Post(ctx context.Context, id string, unit []byte) error {
	_, err := g.client.PostToConnection(ctx, &api.PostToConnectionInput{ConnectionId: &id, Data: unit})
	return outcome("post", err)
}

// CloseSocket implements core.Gateway. The client sees a close without a reason.
func (g *Gateway) CloseSocket(ctx context.Context, id string) error {
	_, err := g.client.DeleteConnection(ctx, &api.DeleteConnectionInput{ConnectionId: &id})
	return outcome("close", err)
}

// MaxUnit implements core.Gateway.
func (g *Gateway) MaxUnit() int { return maxUnit }

// outcome finds out whether a socket is gone: by the error's name or, where a proxy or an emulator gives none, by its status.
func outcome(doing string, err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*types.GoneException](err); ok {
		return core.ErrSocketGone
	}
	if response, ok := errors.AsType[*awshttp.ResponseError](err); ok && response.HTTPStatusCode() == http.StatusGone {
		return core.ErrSocketGone
	}
	return fmt.Errorf("%s by the WebSocket API: %w", doing, err)
}
