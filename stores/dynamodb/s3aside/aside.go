// Package s3aside keeps bodies that are too large for an item of DynamoDB in a bucket of S3: a dynamodb.Aside. It is apart from the store so
// that a function without it does not link S3.
//
// Each body is an object with a random name, written before the item that names it. Nobody removes it when the item goes: the bucket's
// lifecycle rule does, some days after it was made, and so it does with those whose items were never written. So an item with such a body
// has to have an end before that.
package s3aside

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/patchbay-go/patchbay/stores/dynamodb"
)

// Options are what an Aside can be told. The zero value is good.
type Options struct {
	Prefix  string           // what the objects' names begin with; default "patchbay/"
	Days    int              // how many days the lifecycle rule leaves them; default 7
	MaxBody int              // how many bytes a body may have; default 16 MiB
	Now     func() time.Time // default time.Now
}

// The defaults of Options. Messages live 24 hours unless a destination says otherwise, and their entries in the log two days longer.
const (
	defaultPrefix  = "patchbay/"
	defaultDays    = 7
	defaultMaxBody = 16 << 20
)

// An Aside keeps bodies in a bucket.
type Aside struct {
	client *s3.Client
	bucket string
	opts   Options
}

var _ dynamodb.Aside = (*Aside)(nil)

// New returns an Aside in the bucket with that name. See NewClient for the client.
func New(client *s3.Client, bucket string, opts *Options) *Aside {
	a := &Aside{client: client, bucket: bucket}
	if opts != nil {
		a.opts = *opts
	}
	if a.opts.Prefix == "" {
		a.opts.Prefix = defaultPrefix
	}
	if a.opts.Days == 0 {
		a.opts.Days = defaultDays
	}
	if a.opts.MaxBody == 0 {
		a.opts.MaxBody = defaultMaxBody
	}
	if a.opts.Now == nil {
		a.opts.Now = time.Now
	}
	return a
}

// NewClient returns a client for New. It is the SDK's own; a server that is none of AWS is asked for a bucket by its path, since its buckets
// have no names in the DNS, and may leave out checksums without a line in the log for each.
func NewClient(cfg aws.Config) *s3.Client {
	return s3.NewFromConfig(cfg, func(o *s3.Options) {
		o.UsePathStyle = o.BaseEndpoint != nil
		o.DisableLogOutputChecksumValidationSkipped = o.BaseEndpoint != nil
	})
}

// MaxBody implements dynamodb.Aside.
func (a *Aside) MaxBody() int { return a.opts.MaxBody }

// Put implements dynamodb.Aside.
func (a *Aside) Put(ctx context.Context, name string, body []byte, until time.Time) error {
	end := a.opts.Now().AddDate(0, 0, a.opts.Days)
	if until.IsZero() || until.After(end) {
		return fmt.Errorf("the lifecycle rule of bucket %q leaves objects for %d days, and the item has no end before that", a.bucket, a.opts.Days)
	}
	_, err := a.client.PutObject(ctx, &s3.PutObjectInput{
		Bucket: &a.bucket, Key: new(a.opts.Prefix + name), Body: bytes.NewReader(body), ContentLength: new(int64(len(body))),
		ContentType: new("application/octet-stream"),
	})
	if err != nil {
		return fmt.Errorf("put an object into bucket %q: %w", a.bucket, err)
	}
	return nil
}

// tries is how often an answer is asked for that breaks off: the SDK does that up to where the body begins.
const tries = 3

// Get implements dynamodb.Aside.
func (a *Aside) Get(ctx context.Context, name string) (body []byte, err error) {
	for range tries {
		var brokeOff bool
		if body, brokeOff, err = a.get(ctx, a.opts.Prefix+name); err == nil || !brokeOff || ctx.Err() != nil {
			break
		}
	}
	if isGone(err) {
		return nil, fmt.Errorf("object %q of bucket %q is gone before the item that names it: %w", a.opts.Prefix+name, a.bucket, err)
	}
	if err != nil {
		return nil, fmt.Errorf("get object %q of bucket %q: %w", a.opts.Prefix+name, a.bucket, err)
	}
	return body, nil
}

func isGone(err error) bool {
	_, ok := errors.AsType[*types.NoSuchKey](err)
	return ok
}

func (a *Aside) get(ctx context.Context, key string) (body []byte, brokeOff bool, err error) {
	out, err := a.client.GetObject(ctx, &s3.GetObjectInput{Bucket: &a.bucket, Key: &key})
	if err != nil {
		return nil, false, err
	}
	defer func() { _ = out.Body.Close() }() // all of it was read, or reading has failed
	if out.ContentLength == nil || *out.ContentLength > int64(a.opts.MaxBody) {
		return nil, false, fmt.Errorf("it is larger than %d bytes, or does not say", a.opts.MaxBody)
	}
	body = make([]byte, *out.ContentLength)
	_, err = io.ReadFull(out.Body, body)
	return body, true, err
}

// Check implements dynamodb.Aside. It needs leave to read the bucket's lifecycle rules, which nothing else here does.
func (a *Aside) Check(ctx context.Context) error {
	out, err := a.client.GetBucketLifecycleConfiguration(ctx, &s3.GetBucketLifecycleConfigurationInput{Bucket: &a.bucket})
	if err != nil {
		return a.problem(err)
	}
	return a.checkRules(out.Rules)
}
