//go:build peers

package dynamodb_test

import (
	"crypto/rand"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/stores/dynamodb"
	"github.com/patchbay-go/patchbay/stores/dynamodb/environment"
	"github.com/patchbay-go/patchbay/stores/storetest"
	"github.com/patchbay-go/patchbay/tests/servers"
)

const table = "patchbay"

func TestStore(t *testing.T) { onEach(t, storetest.Run) }

func TestSessions(t *testing.T) { onEach(t, storetest.Sessions) }

func TestMessaging(t *testing.T) {
	onEach(t, func(t *testing.T, open storetest.Open) {
		t.Helper()
		load := storetest.Network
		if strings.HasSuffix(t.Name(), "dynalite") {
			load = storetest.Load{Publishes: 25, Subscribers: 100} // it is slow where many write at once, and a second opinion
		}
		storetest.MessagingUnder(t, open, load)
	})
}

// onEach runs a suite on each server.
func onEach(t *testing.T, suite func(*testing.T, storetest.Open)) {
	t.Helper()
	withEach(t, func(t *testing.T, cfg aws.Config) {
		t.Helper()
		client := dynamodb.NewClient(cfg)
		suite(t, func(*testing.T) core.Store { return dynamodb.New(client, table, nil) })
	})
}

// withEach runs a test with the configuration for each server, which has the table.
func withEach(t *testing.T, test func(*testing.T, aws.Config)) {
	t.Helper()
	for _, p := range []servers.Program{servers.DynamoDBLocal(servers.InMemory), servers.Dynalite()} {
		t.Run(p.Name, func(t *testing.T) { test(t, started(t, p)) })
	}
}

// started returns the configuration for a server that is started with the table.
func started(t testing.TB, p servers.Program) aws.Config {
	t.Helper()
	cfg := config(t, servers.Run(t, p).Address)
	if err := dynamodb.New(dynamodb.NewClient(cfg), table, nil).CreateTable(t.Context()); err != nil {
		t.Fatal(err)
	}
	return cfg
}

func config(t testing.TB, address string) aws.Config {
	t.Helper()
	cfg, err := environment.Config(t.Context(), environment.Settings{Endpoint: "http://" + address})
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

// A transport is an http.RoundTripper that is a func. The SDK's own client is behind it.
type transport func(*http.Request) (*http.Response, error)

func (f transport) Do(r *http.Request) (*http.Response, error) { return f(r) }

// through returns a client whose requests go by way of f, which may hand them on.
func through(cfg aws.Config, f func(next sdk.HTTPClient, r *http.Request) (*http.Response, error)) *sdk.Client {
	next := cfg.HTTPClient
	cfg.HTTPClient = transport(func(r *http.Request) (*http.Response, error) { return f(next, r) })
	return dynamodb.NewClient(cfg)
}

// newKey returns a key that nobody has used.
func newKey() core.Key { return core.Key{Partition: rand.Text(), Sort: "x"} }

func create(t testing.TB, s core.Store, it core.Item) core.Item {
	t.Helper()
	version, err := s.Create(t.Context(), it)
	if err != nil {
		t.Fatal(err)
	}
	it.Version = version
	return it
}

// stored returns what is there, or nil.
func stored(t testing.TB, s core.Store, key core.Key) *core.Item {
	t.Helper()
	items, err := s.Get(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	if len(items) == 0 {
		return nil
	}
	return &items[0]
}
