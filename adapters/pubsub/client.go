package pubsub

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/api/option"
	transport "google.golang.org/api/transport/grpc"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/metadata"
)

// ClientOptions say how Pub/Sub is reached. The zero value is Google's servers with Application Default Credentials.
type ClientOptions struct {
	// Emulator is the HOST:PORT of an emulator, to be used in place of Google's servers, without credentials and without TLS. Programs
	// take it from PUBSUB_EMULATOR_HOST, as Google's own do. Topics that are missing there are made.
	Emulator string

	// Client are further options: credentials, another endpoint. For strict order of what several processes publish with an ordering
	// key, a regional one: "us-central1-pubsub.googleapis.com:443".
	Client []option.ClientOption
}

// A client is a connection to Pub/Sub, for both of its services.
type client struct {
	pubsubpb.PublisherClient
	pubsubpb.SubscriberClient
	conn *grpc.ClientConn
}

// endpoint and scope are what Google's own client has.
const (
	endpoint = "pubsub.googleapis.com:443"
	scope    = "https://www.googleapis.com/auth/pubsub"
)

// tries has gRPC try again what did not reach Pub/Sub, a few times within a second: what fails then is tried again by who has asked for it.
const tries = `{"methodConfig": [{"name": [{}], "retryPolicy": {
	"maxAttempts": 4, "initialBackoff": "0.1s", "maxBackoff": "1s", "backoffMultiplier": 2, "retryableStatusCodes": ["UNAVAILABLE"]}}]}`

// dial connects with the first use. It keeps ctx for as long as it asks for tokens, so ctx must not end.
func (o *ClientOptions) dial(ctx context.Context) (*client, error) {
	all := []option.ClientOption{
		option.WithEndpoint(endpoint), option.WithScopes(scope),
		option.WithGRPCDialOption(grpc.WithDefaultServiceConfig(tries)),
		option.WithGRPCDialOption(grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxReceive))),
		option.WithGRPCDialOption(grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: pingAfter})),
	}
	if o.Emulator != "" {
		all = append(all,
			option.WithEndpoint(o.Emulator),
			option.WithoutAuthentication(),
			option.WithGRPCDialOption(grpc.WithTransportCredentials(insecure.NewCredentials())))
	}
	conn, err := transport.Dial(ctx, append(all, o.Client...)...)
	if err != nil {
		return nil, fmt.Errorf("no client: %w (without an emulator this needs credentials: see "+
			"https://cloud.google.com/docs/authentication/application-default-credentials)", err)
	}
	return &client{pubsubpb.NewPublisherClient(conn), pubsubpb.NewSubscriberClient(conn), conn}, nil
}

// pingAfter is how long the connection may be silent while something is waited for until it is asked whether the other end is still there.
// Otherwise who pulls from an end that went without a word, as of an instance that slept, would wait for hours. Google's own client has the
// same; its servers close connections that ask more often.
const pingAfter = 5 * time.Minute

// maxReceive is how many bytes an answer may have: more than what Pub/Sub gives at once.
const maxReceive = 20 << 20

// Close ends the connection.
func (c *client) Close() error { return c.conn.Close() }

// about tells Google's front end what a call is about, which sends it to where that is kept: https://google.aip.dev/client-libraries/4222.
func about(ctx context.Context, field, name string) context.Context {
	return metadata.AppendToOutgoingContext(ctx, "x-goog-request-params", field+"="+url.QueryEscape(name))
}

// errName is what is wrong with the name of a project, a topic or a subscription.
var errName = errors.New("not the id of one of Google Cloud")

func topicName(project, topic string) (string, error) { return resource(project, "topics", topic) }

func subscriptionName(project, subscription string) (string, error) {
	return resource(project, "subscriptions", subscription)
}

func resource(project, kind, id string) (string, error) {
	if project == "" || strings.Contains(project, "/") {
		return "", fmt.Errorf("the project is %q, %w", project, errName)
	}
	if len(id) < 3 || len(id) > 255 || strings.Contains(id, "/") {
		return "", fmt.Errorf("of %s of project %s, %q is %w", kind, project, id, errName)
	}
	return "projects/" + project + "/" + kind + "/" + id, nil
}
