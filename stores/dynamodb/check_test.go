//go:build peers

package dynamodb_test

import (
	"crypto/x509"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/patchbay-go/patchbay/stores/dynamodb"
	"github.com/patchbay-go/patchbay/tests/servers"
)

// TestCheck: what is wrong at the start is said in words that tell what to do.
func TestCheck(t *testing.T) {
	good := started(t, servers.DynamoDBLocal(servers.InMemory))
	makeTable(t, good, "other", "id")
	makeTable(t, good, "forever", "pk", "sk")
	tests := []struct {
		name  string
		cfg   aws.Config
		table string
		want  string // empty: all is well
	}{
		{"all is well", good, table, ""},
		{"no such table", good, "nowhere", `there is no table "nowhere" at ` + *good.BaseEndpoint + ": make it as docs/stores/dynamodb.md says"},
		{"a table of something else", good, "other", `it needs the partition key pk and the sort key sk`},
		{"nothing is removed", overTLS(t, good), "forever", `turn its time to live on, for the attribute "ttl"`},
		{"all is well over TLS", overTLS(t, good), table, ""},
		{"refused credentials", with(good, func(c *aws.Config) {
			c.HTTPClient = transport(func(*http.Request) (*http.Response, error) { return answered(400, "UnrecognizedClientException"), nil })
		}), table, "AWS refuses the credentials"},
		{"no credentials", with(good, func(c *aws.Config) {
			c.Credentials = credentials.NewStaticCredentialsProvider("", "", "")
		}), table, "there are no AWS credentials: set AWS_PROFILE"},
		{"no region", with(good, func(c *aws.Config) { c.Region = "" }), table, "no region is set: set AWS_REGION"},
		{"nobody there", with(good, func(c *aws.Config) { c.BaseEndpoint = new("http://" + closedAddress(t)) }), table, "find out whether it can be reached"},
		{"not allowed", with(good, func(c *aws.Config) {
			c.HTTPClient = transport(func(*http.Request) (*http.Response, error) { return answered(400, "AccessDeniedException"), nil })
		}), table, `the credentials may not use table "patchbay": give them the policy`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			err := dynamodb.New(dynamodb.NewClient(test.cfg), test.table, nil).Check(t.Context())
			if test.want == "" && err != nil {
				t.Errorf("Check: %v", err)
			}
			if test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("Check: %v\nwant %s", err, test.want)
			}
		})
	}
}

// TestCreateTable: it may be called again, and turns on that what has expired is removed.
func TestCreateTable(t *testing.T) {
	cfg := config(t, servers.Run(t, servers.DynamoDBLocal(servers.InMemory)).Address)
	makeTable(t, cfg, table, "pk", "sk")
	client := dynamodb.NewClient(cfg)
	for range 2 {
		if err := dynamodb.New(client, table, nil).CreateTable(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	out, err := client.DescribeTimeToLive(t.Context(), &sdk.DescribeTimeToLiveInput{TableName: new(table)})
	if err != nil || out.TimeToLiveDescription.TimeToLiveStatus != types.TimeToLiveStatusEnabled || *out.TimeToLiveDescription.AttributeName != "ttl" {
		t.Errorf("time to live is %+v, %v; want it on for ttl", out, err)
	}
}

// makeTable makes a table with these Strings for a key.
func makeTable(t *testing.T, cfg aws.Config, name string, keys ...string) {
	t.Helper()
	in := &sdk.CreateTableInput{TableName: &name, BillingMode: types.BillingModePayPerRequest}
	for i, key := range keys {
		in.AttributeDefinitions = append(in.AttributeDefinitions, types.AttributeDefinition{AttributeName: &key, AttributeType: "S"})
		in.KeySchema = append(in.KeySchema, types.KeySchemaElement{AttributeName: &key, KeyType: []types.KeyType{"HASH", "RANGE"}[i]})
	}
	if _, err := sdk.NewFromConfig(cfg).CreateTable(t.Context(), in); err != nil {
		t.Fatal(err)
	}
}

func with(cfg aws.Config, change func(*aws.Config)) aws.Config {
	change(&cfg)
	return cfg
}

// overTLS returns the configuration for the same server as AWS's are reached.
func overTLS(t *testing.T, cfg aws.Config) aws.Config {
	t.Helper()
	behind, err := url.Parse(*cfg.BaseEndpoint)
	if err != nil {
		t.Fatal(err)
	}
	front := httptest.NewTLSServer(httputil.NewSingleHostReverseProxy(behind))
	t.Cleanup(front.Close)
	roots := x509.NewCertPool()
	roots.AddCert(front.Certificate())
	cfg.HTTPClient = awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) { t.TLSClientConfig.RootCAs = roots })
	cfg.BaseEndpoint = &front.URL
	return cfg
}

// closedAddress returns an address that nobody listens on.
func closedAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}
