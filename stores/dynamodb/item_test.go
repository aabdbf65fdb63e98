package dynamodb

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/patchbay-go/patchbay/core"
)

var compareAttributes = cmpopts.IgnoreUnexported(types.AttributeValueMemberS{}, types.AttributeValueMemberN{}, types.AttributeValueMemberB{})

// TestAttributes: an item is stored as the page on DynamoDB says, and comes back.
func TestAttributes(t *testing.T) {
	key := core.Key{Partition: "main/é", Sort: "x"}
	end := time.UnixMilli(1_700_000_000_001)
	tests := []struct {
		name   string
		record record
		want   attributes // beside the key
		size   int
	}{
		{
			"for ever and empty", record{Item: core.Item{Key: key, Version: 7}},
			attributes{"version": number(7)}, 26,
		},
		{
			"until some time", record{Item: core.Item{Key: key, Version: 1<<64 - 1, Expires: end, Body: []byte("body")}, size: 4},
			attributes{
				"version": &types.AttributeValueMemberN{Value: "18446744073709551615"}, "expires": number(1_700_000_000_001),
				"ttl": number(1_700_000_061), "body": &types.AttributeValueMemberB{Value: []byte("body")},
			}, 67,
		},
		{
			"kept aside", record{Item: core.Item{Key: key, Version: 7, Expires: time.UnixMilli(1000)}, aside: "OBJECT", size: 500_000},
			attributes{"version": number(7), "expires": number(1000), "ttl": number(61), "aside": text("OBJECT"), "size": number(500_000)}, 60,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			test.want["pk"], test.want["sk"] = text("main/»`qc<G"), text("x")
			got := test.record.attributes()
			if diff := cmp.Diff(test.want, got, compareAttributes); diff != "" {
				t.Errorf("stored otherwise than wanted (-want +got):\n%s", diff)
			}
			if back, err := readRecord(got); err != nil || !cmp.Equal(back, test.record, cmp.AllowUnexported(record{})) {
				t.Errorf("comes back as %+v, %v; want %+v", back, err, test.record)
			}
			if size := sizeOf(got); size != test.size {
				t.Errorf("has %d bytes, want %d", size, test.size)
			}
		})
	}
}

// TestForeignItems: what somebody else has put into the table is an error that names it.
func TestForeignItems(t *testing.T) {
	for name, a := range map[string]attributes{
		"nothing but a key":         {},
		"a version that is text":    {"version": text("7")},
		"a version below zero":      {"version": number(-7)},
		"an end that is text":       {"version": number(7), "expires": text("tomorrow")},
		"an object without a size":  {"version": number(7), "aside": text("OBJECT")},
		"a size that is no integer": {"version": number(7), "aside": text("OBJECT"), "size": &types.AttributeValueMemberN{Value: "1.5"}},
		"a key that is no escape":   {"version": number(7), "sk": text("é")},
		"a key that is no String":   {"version": number(7), "sk": &types.AttributeValueMemberB{Value: []byte("x")}},
	} {
		a["pk"] = text("theirs")
		if a["sk"] == nil {
			a["sk"] = text("x")
		}
		if r, err := readRecord(a); err == nil || !strings.Contains(err.Error(), `read item "theirs"`) {
			t.Errorf("%s: read as %+v, %v; want an error that names it", name, r, err)
		}
	}
}
