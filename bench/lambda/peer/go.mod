// The program to compare with is a module of its own, so that Patchbay does not depend on what it measures itself against.
module github.com/patchbay-go/patchbay/bench/lambda/peer

go 1.26

require (
	github.com/aws/aws-lambda-go v1.55.1
	github.com/awslabs/aws-lambda-go-api-proxy v0.16.2
)
