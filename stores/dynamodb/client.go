package dynamodb

import (
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
)

// How often a call is tried, and how long the SDK waits in between: at most firstPause at first, twice as much each time, and never
// more than longestPause. All of it takes about four seconds. The SDK's own three attempts end sooner than a table that is
// throttled has grown, and its first pause is a second long, which a connection that was closed meanwhile is not worth.
const (
	maxAttempts  = 10
	firstPause   = 50 * time.Millisecond
	longestPause = 2 * time.Second
)

// NewClient returns a client for New. It is the SDK's own, with more attempts and shorter pauses where the configuration does not say
// how to try again; any other client of the SDK will do too. Package environment reads the configuration that AWS's tools use.
func NewClient(cfg aws.Config) *sdk.Client {
	return sdk.NewFromConfig(cfg, func(o *sdk.Options) {
		if cfg.Retryer == nil && cfg.RetryMode == "" && cfg.RetryMaxAttempts == 0 {
			o.Retryer = newRetryer()
		}
		// Servers that stand in for DynamoDB send errors without a checksum, and the SDK would log each.
		o.DisableValidateResponseChecksum = isEmulator(o.BaseEndpoint)
	})
}

// isEmulator reports whether a server is none of AWS, which are not asked by plain HTTP.
func isEmulator(endpoint *string) bool {
	return endpoint != nil && strings.HasPrefix(*endpoint, "http:")
}

// newRetryer is the SDK's standard one. Its adaptive one slows down all calls of a client when some are throttled, and those are the
// calls for one busy partition.
func newRetryer() aws.Retryer {
	return retry.NewStandard(func(o *retry.StandardOptions) {
		o.MaxAttempts = maxAttempts
		o.Backoff = retry.BackoffDelayerFunc(backoff)
		o.Retryables = append(o.Retryables, retry.IsErrorRetryableFunc(cutShort))
	})
}

// backoff returns a random pause before the attempt behind this one.
func backoff(attempt int, _ error) (time.Duration, error) {
	most := min(firstPause<<min(attempt-1, 10), longestPause)
	return rand.N(most), nil //nolint:gosec // G404: spreads, hides nothing
}

// cutShort says that an answer that breaks off is worth another attempt, as a connection that breaks before it is to the SDK.
func cutShort(err error) aws.Ternary {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return aws.TrueTernary
	}
	return aws.UnknownTernary
}
