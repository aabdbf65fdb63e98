//go:build peers

package peers

import (
	"testing"

	"github.com/patchbay-go/patchbay/tests/servers"
)

// onStores runs foreign clients against our server on each of these stores: they must see no difference.
func onStores(t *testing.T, run func(t *testing.T, url string)) {
	t.Helper()
	t.Run("memory", func(t *testing.T) { run(t, serve(t)) })
	t.Run("DynamoDB", func(t *testing.T) {
		dynamodb := servers.Run(t, servers.DynamoDBLocal(servers.InMemory))
		run(t, serve(t, "--store", "dynamodb://peers?create=true&region=us-east-1&endpoint=http://"+dynamodb.Address))
	})
	t.Run("Firestore", func(t *testing.T) {
		firestore := servers.Run(t, servers.Firestore())
		run(t, serve(t, "--store", "firestore://demo-peers/(default)?endpoint="+firestore.Address))
	})
}
