package backend

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/stores/dynamodb"
	"github.com/patchbay-go/patchbay/stores/dynamodb/environment"
	"github.com/patchbay-go/patchbay/stores/dynamodb/s3aside"
)

const dynamoDBForm = "dynamodb://TABLE?region=REGION&endpoint=URL&create=true&bucket=BUCKET&bucket_endpoint=URL, where each parameter may be left out"

func openDynamoDB(ctx context.Context, location string) (core.Store, error) {
	u, err := parse(location, dynamoDBForm, "region", "endpoint", "create", "bucket", "bucket_endpoint")
	if err != nil {
		return nil, err
	}
	q := u.Query()
	create := false
	if text := q.Get("create"); text != "" {
		if create, err = strconv.ParseBool(text); err != nil {
			return nil, wrong(location, "create is %q; write true or false", text)
		}
	}
	if u.Path != "" && u.Path != "/" {
		return nil, wrong(location, "write %s", dynamoDBForm)
	}
	for _, name := range []string{"endpoint", "bucket_endpoint"} {
		if text := q.Get(name); text != "" && !isServer(text) {
			return nil, wrong(location, "%s is no server: write http://HOST:PORT or https://HOST", name)
		}
	}
	s, err := openTable(ctx, u.Host, q)
	if err != nil {
		return nil, err
	}
	if create {
		if err := s.CreateTable(ctx); err != nil {
			return nil, errors.Join(err, s.Close())
		}
	}
	opened, err := checked(ctx, s, nil)
	if _, missing := errors.AsType[*types.ResourceNotFoundException](err); missing {
		return nil, fmt.Errorf("%w (create=true in the URL makes the table, for development)", err)
	}
	return opened, err
}

// isServer reports whether a text is the URL of a server, as AWS's SDK takes it. Credentials have no place in one: they would be shown.
func isServer(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && u.User == nil
}

// A table is a store that can make what it is kept in.
type table interface {
	checker
	CreateTable(ctx context.Context) error
}

// openTable returns the store in a table, which keeps large bodies in a bucket, if there is one.
func openTable(ctx context.Context, name string, q url.Values) (table, error) {
	cfg, err := environment.Config(ctx, environment.Settings{Region: q.Get("region"), Endpoint: q.Get("endpoint")})
	if err != nil {
		return nil, err
	}
	client := dynamodb.NewClient(cfg)
	bucket := q.Get("bucket")
	if bucket == "" {
		return dynamodb.New(client, name, nil), nil
	}
	cfg, err = environment.Config(ctx, environment.Settings{Region: q.Get("region"), Endpoint: q.Get("bucket_endpoint")})
	if err != nil {
		return nil, err
	}
	return dynamodb.NewLarge(client, name, s3aside.New(s3aside.NewClient(cfg), bucket, nil), nil), nil
}
