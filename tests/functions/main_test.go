//go:build peers

package functions

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/patchbay-go/patchbay/stores/dynamodb"
	"github.com/patchbay-go/patchbay/tests/process"
	"github.com/patchbay-go/patchbay/tests/servers"
)

// patchbay is the binary that has the local platform, and bootstrap the chat as a function, built once for all tests.
var patchbay, bootstrap string

func TestMain(m *testing.M) {
	os.Exit(run(m))
}

func run(m *testing.M) int {
	folder, err := os.MkdirTemp("", "patchbay-functions-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(folder) }()
	patchbay, bootstrap = filepath.Join(folder, "patchbay"), filepath.Join(folder, "bootstrap")
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute) // a first build compiles the standard library too
	defer cancel()
	for _, args := range [][]string{
		{"build", "-o", patchbay, "../../cmd/patchbay"},
		{"build", "-tags", "lambda.norpc,nethttpomithttp2", "-o", bootstrap, "../../examples/chat/lambda"},
	} {
		if out, err := exec.CommandContext(ctx, "go", args...).CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "go %v: %v\n%s", args, err, out)
			return 1
		}
	}
	return m.Run()
}

const table = "chat"

// local runs the function on DynamoDB Local behind front doors, and returns where they are.
func local(t *testing.T, args ...string) *process.Process {
	t.Helper()
	store := servers.Run(t, servers.DynamoDBLocal(servers.InMemory))
	endpoint := "http://" + store.Address
	client := dynamodb.NewClient(aws.Config{
		Region: "us-east-1", BaseEndpoint: &endpoint, Credentials: credentials.NewStaticCredentialsProvider("emulator", "emulator", ""),
	})
	if err := dynamodb.New(client, table, nil).CreateTable(t.Context()); err != nil {
		t.Fatal(err)
	}
	return process.Run(t, patchbay, append([]string{
		"local", "--bootstrap", bootstrap, "--env", "PATCHBAY_STORE=dynamodb://" + table, "--env", "AWS_ENDPOINT_URL_DYNAMODB=" + endpoint,
	}, args...)...)
}
