package pubsub

import (
	"context"
	"errors"
	"fmt"
	"strings"

	pubsub "cloud.google.com/go/pubsub/v2/apiv1"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
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

func (o *ClientOptions) all() []option.ClientOption {
	all := []option.ClientOption{option.WithGRPCConnectionPool(1)}
	if o.Emulator != "" {
		all = append(all,
			option.WithEndpoint(o.Emulator),
			option.WithoutAuthentication(),
			option.WithGRPCDialOption(grpc.WithTransportCredentials(insecure.NewCredentials())))
	}
	return append(all, o.Client...)
}

func (o *ClientOptions) publisher(ctx context.Context) (*pubsub.TopicAdminClient, error) {
	c, err := pubsub.NewTopicAdminClient(ctx, o.all()...)
	return c, noClient(err)
}

func (o *ClientOptions) subscriber(ctx context.Context) (*pubsub.SubscriptionAdminClient, error) {
	c, err := pubsub.NewSubscriptionAdminClient(ctx, o.all()...)
	return c, noClient(err)
}

func noClient(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("no client: %w (without an emulator this needs credentials: see "+
		"https://cloud.google.com/docs/authentication/application-default-credentials)", err)
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
