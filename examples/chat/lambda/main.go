// Command lambda is the chat, and with it all example services, as an AWS Lambda function on a table of DynamoDB: behind a REST or HTTP API, a
// function URL or a load balancer. docs/lambda.md says how it is built and configured.
//
//	PATCHBAY_STORE          dynamodb://TABLE; or memory: to try it
//	PATCHBAY_SECRET         what session ids are made with; by default it is made once and kept in the table
//	PATCHBAY_RESPONSE_MODE  BUFFERED (the default) or RESPONSE_STREAM, as the function is invoked
//	PATCHBAY_ORIGINS        pages of other origins that may call, separated by commas; by default none
//	PATCHBAY_SOURCES        queues and topics whose messages are published, such as sqs:orders=messages, separated by commas; by default none
//
// AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI is the callback URL of a WebSocket API, if there is one: then the function serves its frames, and whatever
// it publishes goes to the sockets too. AWS_ENDPOINT_URL_DYNAMODB is the address of an emulator. "patchbay local" runs the function on a developer's machine.
package main

import (
	"fmt"
	"log/slog"
	"os"
	"strings"

	"github.com/patchbay-go/patchbay/adapters/lambda"
	"github.com/patchbay-go/patchbay/adapters/server"
	"github.com/patchbay-go/patchbay/examples/interop/services"
)

func main() {
	app, err := newApp(os.Getenv, lambda.NewLogger())
	if err != nil {
		fmt.Fprintf(os.Stderr, "lambda: %v\n", err)
		os.Exit(1)
	}
	lambda.Start(app)
}

// newApp wires the function: the store, the services on it, HTTP over them, and events over that.
func newApp(getenv func(string) string, logger *slog.Logger) (*lambda.App, error) {
	stream, err := isStream(getenv("PATCHBAY_RESPONSE_MODE"))
	if err != nil {
		return nil, err
	}
	sources, err := readSources(getenv("PATCHBAY_SOURCES"))
	if err != nil {
		return nil, err
	}
	store, err := openStore(getenv("PATCHBAY_STORE"))
	if err != nil {
		return nil, err
	}
	gateway, err := openGateway(getenv("AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI"))
	if err != nil {
		return nil, err
	}
	if getenv("PATCHBAY_BUS") != "" {
		logger.Warn("PATCHBAY_BUS is not used: nobody waits in this function whom a bus could wake")
	}
	set := services.ChannelSet(store, nil, &services.Options{Logger: logger, Secret: []byte(getenv("PATCHBAY_SECRET")), Function: true, Gateway: gateway})
	origins := server.Origins(strings.FieldsFunc(getenv("PATCHBAY_ORIGINS"), func(r rune) bool { return r == ',' || r == ' ' })...)
	web := server.NewRequestHandler(set, &server.Options{
		Paths:       services.Paths(),
		Other:       services.Pages(set),
		AllowOrigin: origins,
	})
	opts := &lambda.Options{HTTP: web, Stream: stream, Sources: sources}
	if gateway != nil {
		opts.Sockets = lambda.NewWebSockets(set, gateway, &lambda.WebSocketOptions{AllowOrigin: origins})
	}
	return lambda.New(set, opts), nil
}

// isStream reads how the function is invoked, in the words of CloudFormation's InvokeMode.
func isStream(mode string) (bool, error) {
	switch mode {
	case "", "BUFFERED":
		return false, nil
	case "RESPONSE_STREAM":
		return true, nil
	}
	return false, fmt.Errorf("PATCHBAY_RESPONSE_MODE %q: there are BUFFERED and RESPONSE_STREAM", mode)
}
