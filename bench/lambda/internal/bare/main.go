// Command bare is the least that a function on DynamoDB can be: aws-lambda-go and a client of the SDK.
package main

import (
	"context"
	"os"

	awslambda "github.com/aws/aws-lambda-go/lambda"

	"github.com/patchbay-go/patchbay/adapters/lambda/environment"
	"github.com/patchbay-go/patchbay/stores/dynamodb"
)

func main() {
	cfg, err := environment.Config("DYNAMODB")
	if err != nil {
		os.Exit(1)
	}
	client := dynamodb.NewClient(cfg)
	awslambda.Start(func(context.Context) (string, error) { return client.Options().Region, nil })
}
