// Package environment finds the settings that AWS's own tools use, for DynamoDB and S3: environment variables, the files in ~/.aws,
// and the role of the function, container or machine. It is apart from the store since it doubles what a function would link that
// brings its own settings.
package environment

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/feature/ec2/imds"
)

// Settings are what is to be other than the environment says. The zero value changes nothing.
type Settings struct {
	Region string

	// Endpoint is the URL of the server. One by plain HTTP is taken for an emulator: where there is no region, and where there are no
	// credentials, some are made up, since those take any.
	Endpoint string
}

// Config returns the configuration for a client of one service.
func Config(ctx context.Context, s Settings) (aws.Config, error) {
	options := []func(*config.LoadOptions) error{config.WithHTTPClient(httpClient())}
	if s.Region != "" {
		options = append(options, config.WithRegion(s.Region))
	}
	emulated := strings.HasPrefix(s.Endpoint, "http:")
	if emulated {
		// Nobody asks the machine's metadata service, which elsewhere than at AWS takes seconds to find out that there is none.
		options = append(options, config.WithEC2IMDSClientEnableState(imds.ClientDisabled))
	}
	cfg, err := config.LoadDefaultConfig(ctx, options...)
	if err != nil {
		return aws.Config{}, fmt.Errorf("load the AWS configuration: %w", err)
	}
	if s.Endpoint != "" {
		cfg.BaseEndpoint = &s.Endpoint
	}
	if emulated {
		makeUp(ctx, &cfg)
	}
	return cfg, nil
}

// makeUp fills in what an emulator needs to be asked.
func makeUp(ctx context.Context, cfg *aws.Config) {
	if cfg.Region == "" {
		cfg.Region = "us-east-1"
	}
	if _, err := cfg.Credentials.Retrieve(ctx); err != nil {
		cfg.Credentials = credentials.NewStaticCredentialsProvider("emulator", "emulator", "")
	}
}

// How long things may take that take milliseconds. What is lost on the way is to cost an attempt, and not the whole deadline of a request.
const (
	connectTimeout = 3 * time.Second
	answerTimeout  = 5 * time.Second
)

// idleConnections is how many are kept for the next calls: as many calls as may run at once without making new ones.
const idleConnections = 256

// httpClient returns the SDK's own kind of client, to which it adds the authorities of AWS_CA_BUNDLE.
func httpClient() *awshttp.BuildableClient {
	return awshttp.NewBuildableClient().
		WithDialerOptions(func(d *net.Dialer) { d.Timeout = connectTimeout }).
		WithTransportOptions(func(t *http.Transport) {
			t.MaxIdleConns, t.MaxIdleConnsPerHost = idleConnections, idleConnections
			t.ResponseHeaderTimeout = answerTimeout
		})
}
