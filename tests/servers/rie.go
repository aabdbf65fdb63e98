package servers

import (
	"context"
	"os"
	"os/exec"
)

// RIE is AWS's emulator of Lambda's Runtime API with a function. It takes one invocation at once, of at most two seconds.
func RIE(bootstrap string) Program {
	return Program{
		Name: "aws-lambda-rie",
		Command: func(address, _ string) (*exec.Cmd, error) {
			rie, err := installed("rie/aws-lambda-rie")
			if err != nil {
				return nil, err
			}
			api, err := freeAddress(context.Background())
			if err != nil {
				return nil, err
			}
			cmd := exec.Command(rie, "--runtime-interface-emulator-address", address, "--runtime-api-address", api, bootstrap) //nolint:noctx // the server ends by Stop
			cmd.Env = append(os.Environ(), "AWS_LAMBDA_FUNCTION_TIMEOUT=2", "AWS_LAMBDA_FUNCTION_VERSION=$LATEST")
			return cmd, nil
		},
		Ask: askHTTP,
	}
}
