package dynamodb

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/patchbay-go/patchbay/core"
)

// The attributes of an item. Names are stored with every item and count for its size.
const (
	partitionName = "pk"
	sortName      = "sk"
	versionName   = "version" // a random number: see newVersion
	expiresName   = "expires" // milliseconds since 1970; absent: never
	ttlName       = "ttl"     // seconds since 1970, when DynamoDB may remove the item
	bodyName      = "body"    // absent: empty, or kept aside
	asideName     = "aside"   // the object that the body is kept in
	sizeName      = "size"    // and how many bytes that has
)

// afterlife is how long an expired item stands before DynamoDB may remove it, so that a clock that runs slow finds it
// until it has expired by that.
const afterlife = time.Minute

// attributes is an item as DynamoDB has it.
type attributes = map[string]types.AttributeValue

// A record is an item as it is stored. The body of one that is kept aside is not in it.
type record struct {
	core.Item

	aside string // the name of the object that the body is in; empty: it is here
	size  int    // of the body
}

// attributes returns the record for DynamoDB.
func (r *record) attributes() attributes {
	a := make(attributes, 6)
	putKey(a, r.Key)
	a[versionName] = versionNumber(r.Version)
	if !r.Expires.IsZero() {
		a[expiresName] = number(r.Expires.UnixMilli())
		a[ttlName] = number(r.Expires.Add(afterlife + time.Second - 1).Unix()) // rounded up
	}
	switch {
	case r.aside != "":
		a[asideName] = text(r.aside)
		a[sizeName] = number(int64(r.size))
	case len(r.Body) > 0:
		a[bodyName] = &types.AttributeValueMemberB{Value: r.Body}
	}
	return a
}

// readRecord reads what attributes has written.
func readRecord(a attributes) (r record, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("read item %q %q: %w", textOf(a[partitionName]), textOf(a[sortName]), err)
		}
	}()
	if r.Key, err = readKey(a); err != nil {
		return record{}, err
	}
	if r.Version, err = readNumber(a, versionName, strconv.ParseUint); err != nil {
		return record{}, err
	}
	if a[expiresName] != nil {
		expires, err := readNumber(a, expiresName, strconv.ParseInt)
		if err != nil {
			return record{}, err
		}
		r.Expires = time.UnixMilli(expires)
	}
	if a[asideName] != nil {
		size, err := readNumber(a, sizeName, strconv.ParseUint)
		if err != nil {
			return record{}, err
		}
		r.aside, r.size = textOf(a[asideName]), int(size)
		return r, nil
	}
	if body, ok := a[bodyName].(*types.AttributeValueMemberB); ok {
		r.Body, r.size = body.Value, len(body.Value)
	}
	return r, nil
}

// lives reports whether the item has not expired.
func (r *record) lives(now time.Time) bool { return r.Expires.IsZero() || now.Before(r.Expires) }

// keyAttributes returns a key for DynamoDB.
func keyAttributes(key core.Key) attributes {
	a := make(attributes, 2)
	putKey(a, key)
	return a
}

func putKey(a attributes, key core.Key) {
	a[partitionName] = text(escape(key.Partition))
	a[sortName] = text(escape(key.Sort))
}

func readKey(a attributes) (key core.Key, err error) {
	if key.Partition, err = unescape(textOf(a[partitionName])); err != nil {
		return core.Key{}, err
	}
	if key.Sort, err = unescape(textOf(a[sortName])); err != nil {
		return core.Key{}, err
	}
	if key.Partition == "" || key.Sort == "" {
		return core.Key{}, errors.New("its key is no two Strings")
	}
	return key, nil
}

func text(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }

// textOf returns a String, or nothing where it is none.
func textOf(v types.AttributeValue) string {
	if s, ok := v.(*types.AttributeValueMemberS); ok {
		return s.Value
	}
	return ""
}

func number(n int64) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatInt(n, 10)}
}

func versionNumber(version uint64) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatUint(version, 10)}
}

// readNumber reads a Number by one of strconv's funcs for integers.
func readNumber[T int64 | uint64](a attributes, name string, parse func(string, int, int) (T, error)) (T, error) {
	n, ok := a[name].(*types.AttributeValueMemberN)
	if !ok {
		return 0, fmt.Errorf("it has no number %q", name)
	}
	return parse(n.Value, 10, 64)
}
