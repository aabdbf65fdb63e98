package servers

import (
	"net"
	"os/exec"
)

// Moto stands in for AWS's S3, SQS, SNS and EventBridge, in Python and in memory. It takes any credentials.
func Moto() Program {
	return Program{
		Name: "moto",
		Command: func(address, _ string) (*exec.Cmd, error) {
			server, err := installed("moto/bin/moto_server")
			if err != nil {
				return nil, err
			}
			host, port, err := net.SplitHostPort(address)
			if err != nil {
				return nil, err
			}
			return exec.Command(server, "-H", host, "-p", port), nil //nolint:noctx // the server ends by Stop
		},
		Ask: askHTTP,
	}
}
