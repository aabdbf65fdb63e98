package firestore

import (
	"fmt"
	"time"

	pb "cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/patchbay-go/patchbay/core"
)

// The fields of a document. None needs an index.
const (
	fieldBody    = "body"    // bytes
	fieldMark    = "mark"    // a number that the writer chose at random, to know its own write again
	fieldExpires = "expires" // a timestamp; absent: never
	fieldTTL     = "ttl"     // a timestamp, for the TTL policy; absent: never
)

// afterlife is how long an expired document is left alone by the TTL policy, which goes by another clock than who reads here.
const afterlife = time.Minute

// document returns what is kept of an item.
func (s *Store) document(it core.Item, mark int64) *pb.Document {
	fields := map[string]*pb.Value{
		fieldBody: {ValueType: &pb.Value_BytesValue{BytesValue: it.Body}},
		fieldMark: {ValueType: &pb.Value_IntegerValue{IntegerValue: mark}},
	}
	if !it.Expires.IsZero() {
		expires := it.Expires.Truncate(time.Millisecond)
		fields[fieldExpires], fields[fieldTTL] = timestamp(expires), timestamp(expires.Add(afterlife))
	}
	return &pb.Document{Name: s.name(it.Key), Fields: fields}
}

func timestamp(t time.Time) *pb.Value {
	return &pb.Value{ValueType: &pb.Value_TimestampValue{TimestampValue: timestamppb.New(t)}}
}

// A stored item is what stands in a document.
type stored struct {
	core.Item
	mark    int64
	created time.Time
}

// read returns what stands in a document. Its body is the caller's.
func (s *Store) read(d *pb.Document) (stored, error) {
	key, err := s.key(d.GetName())
	if err != nil {
		return stored{}, err
	}
	if d.GetFields()[fieldBody] == nil {
		return stored{}, fmt.Errorf("document %q: it has no field %q, so something else has written it", d.GetName(), fieldBody)
	}
	it := core.Item{Key: key, Body: d.GetFields()[fieldBody].GetBytesValue()}
	if expires := d.GetFields()[fieldExpires].GetTimestampValue(); expires != nil {
		it.Expires = expires.AsTime()
	}
	it.Version = versionOf(d.GetUpdateTime().AsTime(), it.Expires)
	return stored{it, d.GetFields()[fieldMark].GetIntegerValue(), d.GetCreateTime().AsTime()}, nil
}

// lives reports whether an item has not expired.
func (s *Store) lives(it core.Item) bool {
	return it.Expires.IsZero() || s.now().Before(it.Expires)
}
