//go:build peers

package s3aside_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/stores/dynamodb"
	"github.com/patchbay-go/patchbay/stores/dynamodb/environment"
	"github.com/patchbay-go/patchbay/stores/dynamodb/s3aside"
	"github.com/patchbay-go/patchbay/tests/servers"
)

const table, bucket = "patchbay", "bodies"

func config(t *testing.T, server *servers.Server) aws.Config {
	t.Helper()
	cfg, err := environment.Config(t.Context(), environment.Settings{Endpoint: "http://" + server.Address})
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

// newBucket makes a bucket whose lifecycle rules remove what begins with these prefixes after that many days.
func newBucket(t *testing.T, client *s3.Client, name string, rules map[string]int32) {
	t.Helper()
	if _, err := client.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: &name}); err != nil {
		t.Fatal(err)
	}
	lifecycle := &types.BucketLifecycleConfiguration{}
	for prefix, days := range rules {
		lifecycle.Rules = append(lifecycle.Rules, types.LifecycleRule{
			ID: new(prefix), Status: types.ExpirationStatusEnabled, Filter: &types.LifecycleRuleFilter{Prefix: &prefix},
			Expiration: &types.LifecycleExpiration{Days: &days},
		})
	}
	if len(rules) == 0 {
		return
	}
	in := &s3.PutBucketLifecycleConfigurationInput{Bucket: &name, LifecycleConfiguration: lifecycle}
	if _, err := client.PutBucketLifecycleConfiguration(t.Context(), in); err != nil {
		t.Fatal(err)
	}
}

// TestLargeStore: bodies above core.MaxBody go by the bucket, and all others do not.
func TestLargeStore(t *testing.T) {
	db := dynamodb.NewClient(config(t, servers.Run(t, servers.DynamoDBLocal(servers.InMemory))))
	objects := s3aside.NewClient(config(t, servers.Run(t, servers.Moto())))
	newBucket(t, objects, bucket, map[string]int32{"patchbay/": 7})
	const most = 2 << 20
	s := dynamodb.NewLarge(db, table, s3aside.New(objects, bucket, &s3aside.Options{MaxBody: most}), nil)
	if err := s.CreateTable(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := core.Sizer(s).MaxBody(); got != most {
		t.Errorf("MaxBody = %d, want %d", got, most)
	}
	if _, ok := any(dynamodb.New(db, table, nil)).(core.Sizer); ok {
		t.Error("a store without a bucket says that it keeps large bodies")
	}
	partition, expires := rand.Text(), time.Now().Add(time.Hour).Truncate(time.Millisecond)
	var want []core.Item
	for i, size := range []int{core.MaxBody, core.MaxBody + 1, 0, most, 10} {
		it := core.Item{Key: core.Key{Partition: partition, Sort: fmt.Sprint(i)}, Expires: expires, Body: bytes.Repeat([]byte{byte(i)}, size)}
		version, err := s.Create(t.Context(), it)
		if err != nil {
			t.Fatal(err)
		}
		it.Version = version
		want = append(want, it)
	}
	wantObjects(t, objects, 2)
	t.Run("come back", func(t *testing.T) { testComeBack(t, s, want) })
	t.Run("change", func(t *testing.T) { testChange(t, s, want[3]) })
	t.Run("refused", func(t *testing.T) { testRefused(t, s, objects, partition, most) })
	t.Run("vanish", func(t *testing.T) { testVanish(t, s, objects, partition) })
	t.Run("without the bucket", func(t *testing.T) {
		if items, err := dynamodb.New(db, table, nil).Range(t.Context(), partition, "", 0, 0); err == nil {
			t.Errorf("Range = %d items, want an error", len(items))
		}
	})
}

func testComeBack(t *testing.T, s core.Store, want []core.Item) {
	t.Helper()
	var keys []core.Key
	for _, it := range want {
		keys = append(keys, it.Key)
	}
	byKey, err := s.Get(t.Context(), keys...)
	wantItems(t, "Get", byKey, err, want)
	inOrder, err := s.Range(t.Context(), want[0].Partition, "", 10, 0)
	wantItems(t, "Range", inOrder, err, want)
	some, err := s.Range(t.Context(), want[0].Partition, "", 0, core.MaxBody+2)
	wantItems(t, "Range up to some bytes", some, err, want[:2])
}

func wantItems(t *testing.T, name string, got []core.Item, err error, want []core.Item) {
	t.Helper()
	if err != nil || len(got) != len(want) {
		t.Fatalf("%s gives %d items, %v; want %d", name, len(got), err, len(want))
	}
	bodies := map[core.Key]core.Item{}
	for _, it := range got {
		bodies[it.Key] = it
	}
	for _, it := range want {
		if there := bodies[it.Key]; there.Version != it.Version || !bytes.Equal(there.Body, it.Body) || !there.Expires.Equal(it.Expires) {
			t.Errorf("%s: item %q comes back with %d bytes, version %d; want %d, %d",
				name, it.Sort, len(there.Body), there.Version, len(it.Body), it.Version)
		}
	}
}

// testChange: a large body is replaced as any other is.
func testChange(t *testing.T, s core.Store, it core.Item) {
	t.Helper()
	stale := it
	it.Body = bytes.Repeat([]byte{99}, core.MaxBody+5)
	version, err := s.Replace(t.Context(), it)
	if err != nil {
		t.Fatal(err)
	}
	it.Version = version
	items, err := s.Get(t.Context(), it.Key)
	wantItems(t, "Get of what was replaced", items, err, []core.Item{it})
	_, err = s.Replace(t.Context(), stale)
	if c, ok := errors.AsType[*core.ConflictError](err); !ok || c.Present != nil {
		t.Errorf("Replace of what is not there any more: %v, want a conflict that does not tell of a body that it has not got", err)
	}
}

// testRefused: what cannot be kept is refused, and nothing of it is there.
func testRefused(t *testing.T, s core.Store, objects *s3.Client, partition string, most int) {
	t.Helper()
	tests := []struct {
		name string
		it   core.Item
		want string
	}{
		{"too large", core.Item{Expires: time.Now().Add(time.Hour), Body: make([]byte, most+1)}, "the store keeps at most 2097152"},
		{"for ever", core.Item{Body: make([]byte, most)}, "leaves objects for 7 days, and the item has no end before that"},
		{"for too long", core.Item{Expires: time.Now().AddDate(0, 0, 8), Body: make([]byte, most)}, "leaves objects for 7 days"},
	}
	before := count(t, objects)
	for _, test := range tests {
		test.it.Key = core.Key{Partition: partition, Sort: test.name}
		if _, err := s.Create(t.Context(), test.it); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %s", test.name, err, test.want)
		}
		if items, err := s.Get(t.Context(), test.it.Key); err != nil || len(items) != 0 {
			t.Errorf("%s: %d items are there, %v", test.name, len(items), err)
		}
	}
	wantObjects(t, objects, before)
}

// testVanish: an item whose body is gone says so.
func testVanish(t *testing.T, s *dynamodb.LargeStore, objects *s3.Client, partition string) {
	t.Helper()
	out, err := objects.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: new(bucket)})
	if err != nil {
		t.Fatal(err)
	}
	for _, object := range out.Contents {
		if _, err := objects.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: new(bucket), Key: object.Key}); err != nil {
			t.Fatal(err)
		}
	}
	_, err = s.Get(t.Context(), core.Key{Partition: partition, Sort: "1"})
	if err == nil || !strings.Contains(err.Error(), `of bucket "bodies" is gone before the item that names it`) {
		t.Errorf("Get of what has vanished: %v", err)
	}
}

func count(t *testing.T, objects *s3.Client) int {
	t.Helper()
	out, err := objects.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: new(bucket), Prefix: new("patchbay/")})
	if err != nil {
		t.Fatal(err)
	}
	return len(out.Contents)
}

func wantObjects(t *testing.T, objects *s3.Client, want int) {
	t.Helper()
	if got := count(t, objects); got != want {
		t.Errorf("%d objects are in the bucket, want %d", got, want)
	}
}

// TestCheck: what is wrong with a bucket is said in words that tell what to do.
func TestCheck(t *testing.T) {
	objects := s3aside.NewClient(config(t, servers.Run(t, servers.Moto())))
	tests := []struct {
		name  string
		rules map[string]int32
		want  string // empty: all is well
	}{
		{"all is well", map[string]int32{"patchbay/": 7}, ""},
		{"a rule for the whole bucket", map[string]int32{"": 30}, ""},
		{"no rule", nil, `give it a lifecycle rule that does after 7 days`},
		{"a rule for others", map[string]int32{"logs/": 1}, "nothing ever removes objects"},
		{"a rule for some", map[string]int32{"patchbay/a": 7}, "nothing ever removes objects"},
		{"too soon", map[string]int32{"": 7, "patchbay/": 6}, "removes objects after 6 days, which have to be there for 7"},
	}
	for i, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			name := fmt.Sprintf("bucket-%d", i)
			newBucket(t, objects, name, test.rules)
			wantProblem(t, s3aside.New(objects, name, nil), test.want)
		})
	}
	t.Run("no bucket", func(t *testing.T) {
		wantProblem(t, s3aside.New(objects, "nowhere", nil), `there is no bucket "nowhere": make it`)
	})
}

func wantProblem(t *testing.T, a *s3aside.Aside, want string) {
	t.Helper()
	err := a.Check(t.Context())
	if want == "" && err != nil {
		t.Errorf("Check: %v", err)
	}
	if want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
		t.Errorf("Check: %v\nwant %s", err, want)
	}
}
