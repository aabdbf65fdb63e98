package main

import (
	"github.com/patchbay-go/patchbay/adapters/lambda/environment"
	"github.com/patchbay-go/patchbay/adapters/lambda/management"
	"github.com/patchbay-go/patchbay/core"
)

// openGateway returns what holds the sockets of a WebSocket API; nil where the function has none.
func openGateway(endpoint string) (core.Gateway, error) {
	if endpoint == "" {
		return nil, nil
	}
	cfg, err := environment.Config("APIGATEWAYMANAGEMENTAPI")
	if err != nil {
		return nil, err
	}
	return management.New(cfg)
}
