package drivers

import (
	"context"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/stores/dynamodb"
	"github.com/patchbay-go/patchbay/tests/faults"
)

// A DynamoDB opens stores on a server that stands in for DynamoDB.
type DynamoDB struct {
	address string
	table   string
	base    *http.Transport // for all of them
}

// NewDynamoDB makes a table, where there is none. Close ends the connections to the server.
func NewDynamoDB(ctx context.Context, address string) (*DynamoDB, error) {
	d := &DynamoDB{address: address, table: "patchbay", base: &http.Transport{MaxIdleConnsPerHost: 64}}
	return d, dynamodb.New(dynamodb.NewClient(d.config(Options{})), d.table, nil).CreateTable(ctx)
}

// Close ends the connections.
func (d *DynamoDB) Close() { d.base.CloseIdleConnections() }

// Open returns a store in the table.
func (d *DynamoDB) Open(o Options) core.Store {
	return dynamodb.New(dynamodb.NewClient(d.config(o)), d.table, &dynamodb.Options{Now: o.Now})
}

func (d *DynamoDB) config(o Options) aws.Config {
	cfg := aws.Config{
		Region: "us-east-1", BaseEndpoint: new("http://" + d.address),
		Credentials: credentials.NewStaticCredentialsProvider("local", "local", ""),
		HTTPClient:  &http.Client{Transport: d.base},
	}
	if o.Faults != nil {
		cfg.HTTPClient = &http.Client{Transport: &faults.Transport{Base: d.base, Plan: o.Faults, Busy: throttled}}
		cfg.Retryer = retryAtOnce
	}
	return cfg
}

// retryAtOnce is the SDK's retryer without its pauses, which are there to spare a server that has no faults here.
func retryAtOnce() aws.Retryer {
	return retry.NewStandard(func(o *retry.StandardOptions) {
		o.MaxAttempts = 5
		o.Backoff = retry.BackoffDelayerFunc(func(int, error) (time.Duration, error) { return 0, nil })
	})
}

// throttled is DynamoDB's answer to who uses more than was provisioned.
func throttled(r *http.Request) *http.Response {
	const body = `{"__type":"com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException","message":"too much at once"}`
	return &http.Response{
		Status: "400 Bad Request", StatusCode: http.StatusBadRequest, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: r,
		Header: http.Header{"Content-Type": {"application/x-amz-json-1.0"}},
		Body:   io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)),
	}
}
