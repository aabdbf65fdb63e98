package amf

import (
	"context"
	"errors"
	"net/url"
	"regexp"
	"sync/atomic"

	"github.com/patchbay-go/patchbay/core"
)

var regexpMessageID = regexp.MustCompile(`"messageId": "[0-9A-F]{8}-[^"]+"`)

func urlOf(query string) (*url.URL, error) { return url.Parse("/amf?" + query) }

// An outage is a store that does not answer while it is down. It has the six verbs alone.
type outage struct {
	core.Store
	down atomic.Bool
}

var errDown = errors.New("the store is down")

func (s *outage) Get(ctx context.Context, keys ...core.Key) ([]core.Item, error) {
	if s.down.Load() {
		return nil, errDown
	}
	return s.Store.Get(ctx, keys...)
}

func (s *outage) Range(ctx context.Context, partition, after string, limit, bytes int) ([]core.Item, error) {
	if s.down.Load() {
		return nil, errDown
	}
	return s.Store.Range(ctx, partition, after, limit, bytes)
}

func (s *outage) Replace(ctx context.Context, it core.Item) (uint64, error) {
	if s.down.Load() {
		return 0, errDown
	}
	return s.Store.Replace(ctx, it)
}
