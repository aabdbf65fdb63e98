package s3aside

import (
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// page is where it stands how a bucket is set up.
const page = "docs/stores/dynamodb.md"

// problem says what to do about an error of the server, or of the way there.
func (a *Aside) problem(err error) error {
	code := ""
	if answer, ok := errors.AsType[smithy.APIError](err); ok {
		code = answer.ErrorCode()
	}
	switch code {
	case "NoSuchLifecycleConfiguration":
		return a.noRule()
	case "NoSuchBucket":
		return fmt.Errorf("s3: there is no bucket %q: make it as %s says, or correct its name: %w", a.bucket, page, err)
	case "AccessDenied":
		return fmt.Errorf("s3: the credentials may not use bucket %q: give them the policy of %s: %w", a.bucket, page, err)
	case "PermanentRedirect", "AuthorizationHeaderMalformed":
		return fmt.Errorf("s3: bucket %q is in another region: %w", a.bucket, err)
	}
	if _, unsent := errors.AsType[*smithyhttp.RequestSendError](err); unsent {
		return fmt.Errorf("s3: no answer: find out whether S3 can be reached from here: %w", err)
	}
	return fmt.Errorf("s3: bucket %q cannot be used: %w", a.bucket, err)
}

func (a *Aside) noRule() error {
	return fmt.Errorf("s3: nothing ever removes objects of bucket %q that begin with %q: give it a lifecycle rule that does after %d days, as %s says",
		a.bucket, a.opts.Prefix, a.opts.Days, page)
}

// checkRules finds objects that would be kept for ever, or not for as long as their items.
func (a *Aside) checkRules(rules []types.LifecycleRule) error {
	removed := false
	for _, rule := range rules {
		if rule.Status != types.ExpirationStatusEnabled || !a.meets(rule) || rule.Expiration == nil || rule.Expiration.Days == nil {
			continue
		}
		if days := int(*rule.Expiration.Days); days < a.opts.Days {
			return fmt.Errorf("s3: a lifecycle rule of bucket %q removes objects after %d days, which have to be there for %d: change either", a.bucket, days, a.opts.Days)
		}
		removed = removed || strings.HasPrefix(a.opts.Prefix, prefixOf(rule))
	}
	if !removed {
		return a.noRule()
	}
	return nil
}

// meets reports whether a rule is for some of our objects. They have no tags.
func (a *Aside) meets(rule types.LifecycleRule) bool {
	if f := rule.Filter; f != nil && (f.Tag != nil || (f.And != nil && len(f.And.Tags) > 0)) {
		return false
	}
	prefix := prefixOf(rule)
	return strings.HasPrefix(a.opts.Prefix, prefix) || strings.HasPrefix(prefix, a.opts.Prefix)
}

// prefixOf returns what the names of objects begin with that a rule is for.
func prefixOf(rule types.LifecycleRule) string {
	switch f := rule.Filter; {
	case f != nil && f.Prefix != nil:
		return *f.Prefix
	case f != nil && f.And != nil && f.And.Prefix != nil:
		return *f.And.Prefix
	}
	return ""
}
