package dynamodb

import (
	"errors"
	"fmt"
	"net"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// attempts watches the attempts that the SDK makes of one call. The SDK tells its caller of the last one alone, which is not enough: a
// conditional write whose first attempt was heard and whose answer was lost finds itself in the way of the second.
type attempts struct {
	aws.RetryerV2

	last error // why the last attempt that failed did so
	open bool  // one that failed may have taken place all the same
}

// watch returns what is given to the call.
func (a *attempts) watch(o *sdk.Options) { o.Retryer = a }

// IsErrorRetryable implements aws.Retryer. The SDK asks it after each attempt that has failed.
func (a *attempts) IsErrorRetryable(err error) bool {
	a.last = err
	if !refused(err) {
		a.open = true
	}
	return a.RetryerV2.IsErrorRetryable(err)
}

// refused reports whether an error shows that the server did nothing: it says so, by a status in the four hundreds, or was
// not reached. All else, those in the five hundreds included, leaves it open.
func refused(err error) bool {
	if answer, ok := errors.AsType[*smithyhttp.ResponseError](err); ok {
		if status := answer.HTTPStatusCode(); status >= 400 && status < 500 {
			return true
		}
	}
	operation, ok := errors.AsType[*net.OpError](err)
	return ok && operation.Op == "dial"
}

// explain returns the error of a call that has failed. Where the deadline came between two attempts the SDK tells of that alone, so what was
// the matter is added; where the table was throttled to the end, that is said first.
func (a *attempts) explain(table string, err error) error {
	if a.last == nil {
		return err
	}
	if !errors.Is(err, a.last) {
		err = fmt.Errorf("%w, behind: %w", err, a.last)
	}
	if throttled(a.last) {
		return fmt.Errorf("table %q is throttled, and was so for as long as there was time to try again: %w", table, err)
	}
	return err
}

func throttled(err error) bool {
	return retry.IsErrorThrottles(retry.DefaultThrottles).IsErrorThrottle(err) == aws.TrueTernary
}
