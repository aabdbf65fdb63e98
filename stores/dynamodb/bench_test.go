//go:build peers

package dynamodb_test

import (
	"fmt"
	"testing"

	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/stores/dynamodb"
	"github.com/patchbay-go/patchbay/tests/servers"
)

// BenchmarkStore is one call after the other. The time is mostly the server's; what a function pays for is the allocations.
func BenchmarkStore(b *testing.B) {
	client := dynamodb.NewClient(started(b, servers.DynamoDBLocal(servers.InMemory)))
	s := dynamodb.New(client, table, nil)
	partition := newKey().Partition
	entry := func(n int) core.Item {
		return core.Item{Key: core.Key{Partition: partition, Sort: fmt.Sprintf("%020d", n)}, Body: make([]byte, 900)}
	}
	for n := range 10 {
		create(b, s, entry(n))
	}
	there := create(b, s, core.Item{Key: newKey(), Body: make([]byte, 900)})
	calls := []struct {
		name string
		call func(n int) error
	}{
		{"GetItem by the SDK alone", func(int) error {
			_, err := client.GetItem(b.Context(), &sdk.GetItemInput{TableName: new(table), Key: map[string]types.AttributeValue{
				"pk": &types.AttributeValueMemberS{Value: there.Partition}, "sk": &types.AttributeValueMemberS{Value: there.Sort},
			}})
			return err
		}},
		{"Get", func(int) error { return count(1)(s.Get(b.Context(), there.Key)) }},
		{"Get of two", func(int) error { return count(1)(s.Get(b.Context(), there.Key, newKey())) }},
		{"Create", func(n int) error { _, err := s.Create(b.Context(), entry(100+n)); return err }},
		{"Create in conflict", func(int) error { _, err := s.Create(b.Context(), there); return wantConflict(err) }},
		{"Range over nothing", func(int) error { return count(0)(s.Range(b.Context(), partition, "9", 0, 0)) }},
		{"Range over ten", func(int) error { return count(10)(s.Range(b.Context(), partition, "", 10, 0)) }},
		{"Last", func(int) error { _, err := s.Last(b.Context(), partition); return err }},
	}
	next := 0 // each run of a benchmark begins at zero
	for _, c := range calls {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				next++
				if err := c.call(next); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkNew is what a function pays at its start before it asks for anything.
func BenchmarkNew(b *testing.B) {
	cfg := config(b, "127.0.0.1:1")
	b.ReportAllocs()
	for b.Loop() {
		if err := dynamodb.New(dynamodb.NewClient(cfg), table, nil).Close(); err != nil {
			b.Fatal(err)
		}
	}
}
