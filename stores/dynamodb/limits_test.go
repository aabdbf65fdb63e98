//go:build peers

package dynamodb_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/stores/dynamodb"
	"github.com/patchbay-go/patchbay/tests/servers"
)

// TestLargest: the largest item that core knows fits into one of DynamoDB's, whatever its key is made of.
func TestLargest(t *testing.T) {
	withEach(t, func(t *testing.T, cfg aws.Config) {
		t.Helper()
		s := dynamodb.New(dynamodb.NewClient(cfg), table, nil)
		for _, letter := range []string{"k", "\x00", "\xff", "\x80", "é"} {
			key := core.Key{Partition: strings.Repeat(letter, 1024/len(letter)), Sort: strings.Repeat(letter, 768/len(letter))}
			want := create(t, s, core.Item{Key: key, Expires: time.Now().Add(time.Hour), Body: bytes.Repeat([]byte{0xff}, core.MaxBody)})
			if there := stored(t, s, key); there == nil || there.Version != want.Version || !bytes.Equal(there.Body, want.Body) {
				t.Errorf("the largest item under keys of %q does not come back", letter)
			}
			if items, err := s.Range(t.Context(), key.Partition, strings.Repeat(letter, 100), 0, 0); err != nil || len(items) != 1 {
				t.Errorf("Range gives %d items under keys of %q, %v; want 1", len(items), letter, err)
			}
		}
		_, err := s.Create(t.Context(), core.Item{Key: newKey(), Body: make([]byte, core.MaxBody+1)})
		if f, ok := errors.AsType[*core.Fault](err); !ok || f.Code != core.TooLarge {
			t.Errorf("Create of more than that: %v, want a fault %v", err, core.TooLarge)
		}
	})
}

// TestMuch: what is more than DynamoDB gives at once, 16 MB by keys and 1 MB in order, comes whole.
func TestMuch(t *testing.T) {
	withEach(t, func(t *testing.T, cfg aws.Config) {
		t.Helper()
		s := dynamodb.New(dynamodb.NewClient(cfg), table, nil)
		items := 45
		if testing.Short() {
			items = 5
		}
		partition := newKey().Partition
		keys := make([]core.Key, items)
		for i := range keys {
			keys[i] = core.Key{Partition: partition, Sort: fmt.Sprintf("%02d", i)}
			create(t, s, core.Item{Key: keys[i], Body: bytes.Repeat([]byte{byte(i)}, core.MaxBody)})
		}
		reads := map[string]func() ([]core.Item, error){
			"Get":   func() ([]core.Item, error) { return s.Get(t.Context(), keys...) },
			"Range": func() ([]core.Item, error) { return s.Range(t.Context(), partition, "", items+1, 0) },
		}
		for name, read := range reads {
			got, err := read()
			if err != nil || len(got) != items {
				t.Errorf("%s gives %d items, %v; want %d", name, len(got), err, items)
			}
			for _, it := range got {
				if want := fmt.Sprintf("%02d", it.Body[0]); it.Sort != want || len(it.Body) != core.MaxBody {
					t.Errorf("%s: item %q has the %d bytes of %q", name, it.Sort, len(it.Body), want)
				}
			}
		}
		for bytes, want := range map[int]int{1: 1, core.MaxBody: 1, core.MaxBody + 1: 2, 5 * core.MaxBody: 5} {
			if got, err := s.Range(t.Context(), partition, "", 0, bytes); err != nil || len(got) > want || len(got) == 0 {
				t.Errorf("Range up to %d bytes gives %d items, %v; want %d", bytes, len(got), err, want)
			}
		}
	})
}

// TestAmongTheDead: what lives is found between any number of items that have expired and were not removed, with few requests.
func TestAmongTheDead(t *testing.T) {
	cfg := started(t, servers.DynamoDBLocal(servers.InMemory))
	now := time.Now()
	s := dynamodb.New(dynamodb.NewClient(cfg), table, &dynamodb.Options{Now: func() time.Time { return now }})
	partition := newKey().Partition
	for i := range 400 {
		it := core.Item{Key: core.Key{Partition: partition, Sort: fmt.Sprintf("%03d", i)}, Expires: now.Add(time.Millisecond)}
		if i == 200 || i == 201 {
			it.Expires = time.Time{}
		}
		create(t, s, it)
	}
	now = now.Add(time.Millisecond)
	ctx, meter := core.WithMeter(t.Context())
	for _, limit := range []int{0, 1, 2, 100} {
		items, err := s.Range(ctx, partition, "", limit, 0)
		if want := min(2, limit+2*(1-min(limit, 1))); err != nil || len(items) != want || items[0].Sort != "200" {
			t.Errorf("Range of %d gives %v, %v; want %d from 200 on", limit, items, err, want)
		}
	}
	if last, err := s.Last(ctx, partition); err != nil || last.Sort != "201" {
		t.Errorf("Last = %q, %v; want 201", last.Sort, err)
	}
	if got := meter.Units().Reads; got > 60 {
		t.Errorf("that costs %v units, want at most 60", got)
	}
	now = now.Add(-time.Millisecond)
	if items, err := s.Range(ctx, partition, "", 0, 0); err != nil || len(items) != 400 {
		t.Errorf("before they expire Range gives %d items, %v; want all", len(items), err)
	}
}

// TestRestart: what was acknowledged outlives the server's sudden death, and the store goes on by itself when the server is back.
func TestRestart(t *testing.T) {
	server := servers.Run(t, servers.DynamoDBLocal(servers.OnDisk))
	s := dynamodb.New(dynamodb.NewClient(config(t, server.Address)), table, nil)
	if err := s.CreateTable(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := make([]core.Item, 20)
	for i := range want {
		want[i] = create(t, s, core.Item{Key: newKey(), Body: []byte("kept")})
	}
	server.Kill()
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if _, err := s.Get(ctx, want[0].Key); err == nil {
		t.Error("a dead server answers")
	}
	if err := server.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, it := range want {
		if there := stored(t, s, it.Key); there == nil || there.Version != it.Version {
			t.Errorf("%+v is there, want version %d", there, it.Version)
		}
	}
}
