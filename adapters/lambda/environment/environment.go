// Package environment reads what Lambda tells a function about the AWS services that it may use: region, credentials and endpoints, all from
// environment variables, and nothing from files or other servers. It stands in for the SDK's own module config, which looks in
// many more places and doubles what a function links and what its start takes.
//
// The variables are those of "Defined runtime environment variables" in Lambda's developer guide, and AWS_ENDPOINT_URL and
// AWS_ENDPOINT_URL_SERVICE of the AWS SDKs' reference guide, "Service-specific endpoints".
package environment

import (
	"context"
	"errors"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
)

// idleConnections is how many are kept for the next calls: as many calls as may run at once without making new ones.
const idleConnections = 64

// Config returns the configuration of a client for one service, named as in AWS_ENDPOINT_URL_SERVICE: "DYNAMODB",
// "APIGATEWAYMANAGEMENTAPI". Where the endpoint is one by plain HTTP, which is an emulator, region and credentials are made up if there
// are none. It asks no server.
func Config(service string) (aws.Config, error) {
	cfg := aws.Config{Region: os.Getenv("AWS_REGION"), HTTPClient: httpClient()}
	endpoint := os.Getenv("AWS_ENDPOINT_URL_" + service)
	if endpoint == "" {
		endpoint = os.Getenv("AWS_ENDPOINT_URL")
	}
	if endpoint != "" {
		cfg.BaseEndpoint = &endpoint
	}
	keys := aws.Credentials{
		AccessKeyID: os.Getenv("AWS_ACCESS_KEY_ID"), SecretAccessKey: os.Getenv("AWS_SECRET_ACCESS_KEY"),
		SessionToken: os.Getenv("AWS_SESSION_TOKEN"), Source: "environment",
	}
	if strings.HasPrefix(endpoint, "http:") {
		makeUp(&cfg, &keys)
	}
	if cfg.Region == "" {
		return aws.Config{}, errors.New("AWS_REGION is not set, as it is in every function")
	}
	// They are those of one sandbox and hold as long as it does.
	cfg.Credentials = aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		if !keys.HasKeys() {
			return keys, errors.New("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set, as they are in every function")
		}
		return keys, nil
	})
	return cfg, nil
}

// makeUp fills in what an emulator needs to be asked.
func makeUp(cfg *aws.Config, keys *aws.Credentials) {
	if cfg.Region == "" {
		cfg.Region = "us-east-1"
	}
	if !keys.HasKeys() {
		keys.AccessKeyID, keys.SecretAccessKey = "emulator", "emulator"
	}
}

// httpClient returns the SDK's own kind of client.
func httpClient() *awshttp.BuildableClient {
	return awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) {
		t.MaxIdleConns, t.MaxIdleConnsPerHost = idleConnections, idleConnections
		t.ResponseHeaderTimeout = 5 * time.Second // what is lost on the way costs an attempt, and not the whole invocation
	})
}
