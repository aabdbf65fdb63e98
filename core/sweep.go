package core

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// An expiry row says in which five minutes a connection ends if nothing more is heard of it. It is written once, when the client
// connects. The sweep looks at the rows of the minutes that have passed, ends what has expired, and moves the rows of what lives on.

const (
	bucketLength = 5 * time.Minute
	bucketShards = 4
	sweepLag     = time.Minute // later than any clock may be wrong
	sweepPage    = 256
)

func bucketOf(t time.Time) int64 { return t.UnixMilli() / bucketLength.Milliseconds() }

// noteExpiry writes the row of a connection that ends at expires.
func (s *ChannelSet) noteExpiry(ctx context.Context, c *Connection, expires time.Time) error {
	key := s.expiryKey(bucketOf(expires), shardOf(c.client.handle), c.rowName())
	_, err := s.store.Put(ctx, Item{Key: key, Expires: expires.Add(afterlife)})
	return storeError("save expiry row", err)
}

func (s *ChannelSet) expiryKey(bucket int64, shard int, name string) Key {
	return s.key(fmt.Sprintf("e/%d/%d", bucket, shard), name)
}

// shardOf spreads handles, which are random.
func shardOf(handle string) int { return int(handle[0]) % bucketShards }

// Sweep ends the connections that have expired, which runs their disconnect hooks, trims the logs, and sends to sockets elsewhere and over
// bridges what a process left that died. It is for a timer, a scheduler or cron, about once a minute; any number of processes may run it.
// What it could not do it does the next time.
func (s *ChannelSet) Sweep(ctx context.Context) error {
	return errors.Join(s.trim(ctx), s.sweepConnections(ctx), s.pushAll(ctx), s.followBridges(ctx))
}

func (s *ChannelSet) sweepConnections(ctx context.Context) error {
	cursor, err := s.sweepCursor(ctx)
	if err != nil {
		return err
	}
	newest := bucketOf(s.Now().Add(-sweepLag)) - 1
	if cursor.next > newest {
		return nil
	}
	for bucket := cursor.next; bucket <= newest; bucket++ {
		for shard := range bucketShards {
			if err := s.sweepRows(ctx, bucket, shard); err != nil {
				return fmt.Errorf("sweep bucket %d: %w", bucket, err)
			}
		}
	}
	cursor.next = newest + 1
	return s.saveSweepCursor(ctx, cursor)
}

// sweepRows goes through the rows of one bucket and shard.
func (s *ChannelSet) sweepRows(ctx context.Context, bucket int64, shard int) error {
	for after := ""; ; {
		rows, err := s.store.Range(ctx, s.expiryKey(bucket, shard, "").Partition, after, sweepPage, 0)
		if err != nil || len(rows) == 0 {
			return storeError("load expiry rows", err)
		}
		for _, row := range rows {
			err := s.sweepRow(ctx, row)
			switch {
			case isFault(err, Unavailable), ctx.Err() != nil:
				return err
			case err != nil: // one that nobody can read stops no other
				s.opts.Logger.ErrorContext(ctx, "connection not swept", "connection", HashID(row.Sort), "error", err)
			}
		}
		after = rows[len(rows)-1].Sort
	}
}

// sweepRow ends the connection that a row names, or moves the row to where that ends now.
func (s *ChannelSet) sweepRow(ctx context.Context, row Item) error {
	if strings.HasPrefix(row.Sort, "/") {
		return s.sweepOutside(ctx, row)
	}
	conn := s.connectionOfRow(row.Sort)
	var err error
	if conn.client.id, err = s.ids.of(ctx, clientPurpose, conn.client.handle); err != nil {
		return err
	}
	v, err := conn.load(ctx)
	switch {
	case errors.Is(err, ErrNoConnection):
		return s.dropExpiry(ctx, row)
	case err != nil:
		return err
	}
	if s.expired(v.seen, s.Now()) {
		if err := s.end(ctx, conn, Expired); err != nil {
			return err
		}
	}
	// It may live: it was touched since the row was written, or just now.
	if v, err = conn.load(ctx); err == nil {
		err = s.noteExpiry(ctx, conn, v.seen.Add(s.opts.Timeout))
	}
	if err != nil && !errors.Is(err, ErrNoConnection) {
		return err
	}
	return s.dropExpiry(ctx, row)
}

func (s *ChannelSet) dropExpiry(ctx context.Context, row Item) error {
	return storeError("delete expiry row", s.store.Delete(ctx, row.Key, 0))
}

// A sweepCursor is the first bucket that has not been swept.
type sweepCursor struct {
	next    int64
	version uint64
}

// sweepCursor reads where the last sweep ended; the first one begins an hour before what may have expired by now.
func (s *ChannelSet) sweepCursor(ctx context.Context) (sweepCursor, error) {
	items, err := s.store.Get(ctx, s.key("meta", "sweep"))
	if err != nil {
		return sweepCursor{}, storeError("load sweep cursor", err)
	}
	if len(items) == 0 {
		return sweepCursor{next: bucketOf(s.Now().Add(-s.opts.Timeout - time.Hour))}, nil
	}
	next, err := strconv.ParseInt(string(items[0].Body), 10, 64)
	if err != nil {
		return sweepCursor{}, fmt.Errorf("read sweep cursor: %w", err)
	}
	return sweepCursor{next, items[0].Version}, nil
}

// saveSweepCursor keeps where the sweep ended, unless another one has kept its own meanwhile.
func (s *ChannelSet) saveSweepCursor(ctx context.Context, c sweepCursor) error {
	it := Item{Key: s.key("meta", "sweep"), Version: c.version, Body: strconv.AppendInt(nil, c.next, 10)}
	if _, err := s.save(ctx, it); err != nil && !isConflict(err) {
		return storeError("save sweep cursor", err)
	}
	return nil
}
