//go:build peers

package dynamodb_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"net/http"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/stores/dynamodb"
	"github.com/patchbay-go/patchbay/stores/storetest"
	"github.com/patchbay-go/patchbay/tests/servers"
)

// programs are the servers that the suites run on.
func programs() []servers.Program {
	return []servers.Program{servers.DynamoDBLocal(servers.InMemory), servers.Dynalite()}
}

const table = "patchbay"

func config(address string) aws.Config {
	return aws.Config{
		Region: "us-east-1", BaseEndpoint: new("http://" + address),
		Credentials: credentials.NewStaticCredentialsProvider("local", "local", ""),
		HTTPClient:  awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) { t.MaxIdleConnsPerHost = 64 }),
	}
}

// run starts a server with a table.
func run(t testing.TB, p servers.Program) (*servers.Server, *sdk.Client) {
	t.Helper()
	server := servers.Run(t, p)
	client := dynamodb.NewClient(config(server.Address))
	if err := dynamodb.New(client, table, nil).CreateTable(t.Context()); err != nil {
		t.Fatal(err)
	}
	return server, client
}

func TestStore(t *testing.T) { onEach(t, storetest.Run) }

func TestSessions(t *testing.T) { onEach(t, storetest.Sessions) }

func TestMessaging(t *testing.T) {
	onEach(t, func(t *testing.T, open storetest.Open) { storetest.MessagingUnder(t, open, storetest.Network) })
}

// onEach runs a suite on each server.
func onEach(t *testing.T, suite func(*testing.T, storetest.Open)) {
	t.Helper()
	for _, p := range programs() {
		t.Run(p.Name, func(t *testing.T) {
			_, client := run(t, p)
			suite(t, func(*testing.T) core.Store { return dynamodb.New(client, table, nil) })
		})
	}
}
