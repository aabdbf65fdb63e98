package memcache

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/bradfitz/gomemcache/memcache"

	"github.com/patchbay-go/patchbay/core"
)

// A client runs commands one by one on some connections. The library under it knows no context: a verb that ends before its command leaves
// that to end by the timeout, and its answer to nobody.
type client struct {
	lib     *memcache.Client
	address server
	slots   chan struct{} // one is taken for each command under way
	closing chan struct{} // closed by close
	closed  sync.Once
}

func newClient(address string, connections int, timeout time.Duration) *client {
	lib := memcache.NewFromSelector(server(address))
	lib.Timeout, lib.MaxIdleConns = timeout, connections
	return &client{lib: lib, address: server(address), slots: make(chan struct{}, connections), closing: make(chan struct{})}
}

// A server is the address of the one server: its name is looked up for each connection, so that it may move.
type server string

// Network implements net.Addr.
func (s server) Network() string {
	if strings.HasPrefix(string(s), "/") {
		return "unix"
	}
	return "tcp"
}

// String implements net.Addr.
func (s server) String() string { return string(s) }

// PickServer implements memcache.ServerSelector.
func (s server) PickServer(string) (net.Addr, error) { return s, nil }

// Each implements memcache.ServerSelector.
func (s server) Each(f func(net.Addr) error) error { return f(s) }

// close ends the client when the commands under way have ended.
func (c *client) close() (err error) {
	c.closed.Do(func() {
		close(c.closing)
		for range cap(c.slots) {
			c.slots <- struct{}{}
		}
		err = c.lib.Close()
	})
	return err
}

// do runs a command, and returns when it has ended or ctx does.
func do[T any](ctx context.Context, c *client, command func() (T, error)) (T, error) {
	var none T
	if err := c.enter(ctx); err != nil {
		return none, err
	}
	type result struct {
		value T
		err   error
	}
	ended := make(chan result, 1)
	go func() {
		defer func() { <-c.slots }()
		value, err := command()
		if isBroken(err) {
			_ = c.lib.Close() // the other connections that rest are most likely broken too; it makes new ones
		}
		ended <- result{value, err}
	}()
	select {
	case r := <-ended:
		return r.value, r.err
	case <-ctx.Done():
		return none, ctx.Err()
	}
}

// ready returns why no command can begin.
func (c *client) ready(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case <-c.closing:
		return core.ErrClosed
	default:
		return nil
	}
}

// enter takes a slot.
func (c *client) enter(ctx context.Context) error {
	if err := c.ready(ctx); err != nil {
		return err
	}
	select {
	case c.slots <- struct{}{}:
		return nil
	case <-c.closing:
		return core.ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	}
}

// isBroken reports whether a connection broke, as those do that rest while memcached is started anew.
func isBroken(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) ||
		errors.Is(err, net.ErrClosed)
}

// gets reads values with their marks, in one command. A connection that has rested may be broken; then it is tried once more.
func (c *client) gets(ctx context.Context, names ...string) (map[string]*memcache.Item, error) {
	if len(names) == 0 {
		return nil, nil
	}
	read := func() (map[string]*memcache.Item, error) { return c.lib.GetMulti(names) }
	core.Charge(ctx, core.Units{Reads: 1})
	found, err := do(ctx, c, read)
	if isBroken(err) {
		core.Charge(ctx, core.Units{Reads: 1})
		found, err = do(ctx, c, read)
	}
	if err != nil {
		return nil, saying("read", err)
	}
	return found, nil
}

// The ways in which a conditional write does not take place for sure.
var errElse = errors.New("something else is stored")

// write stores a value for a while, 0: for ever, where what is stored has that mark; 0: where nothing is stored. Where that does not hold,
// the error is errElse. After another one it is not known whether the value is stored.
func (c *client) write(ctx context.Context, name string, value []byte, cas uint64, life time.Duration) error {
	it := &memcache.Item{Key: name, Value: value, CasID: cas, Expiration: expiration(life)}
	return c.writeItem(ctx, it)
}

// remove replaces a value by one that is gone at once, where what is stored has that mark: memcached has no conditional delete.
func (c *client) remove(ctx context.Context, name string, cas uint64) error {
	return c.writeItem(ctx, &memcache.Item{Key: name, Value: []byte{formDeleted}, CasID: cas, Expiration: -1})
}

func (c *client) writeItem(ctx context.Context, it *memcache.Item) error {
	core.Charge(ctx, core.Units{Writes: 1})
	command := c.lib.CompareAndSwap
	if it.CasID == 0 {
		command = c.lib.Add
	}
	_, err := do(ctx, c, func() (struct{}, error) { return struct{}{}, command(it) })
	switch {
	case err == nil:
		return nil
	case errors.Is(err, memcache.ErrNotStored), errors.Is(err, memcache.ErrCASConflict), errors.Is(err, memcache.ErrCacheMiss):
		return errElse
	}
	return saying("write", err)
}

// saying names memcached in an error, but not in one that callers compare.
func saying(doing string, err error) error {
	if errors.Is(err, core.ErrClosed) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return fmt.Errorf("%s memcached: %w", doing, err)
}

// relative is the longest life that memcached takes as such: what is above is a time.
const relative = 30 * 24 * time.Hour

// slack is how much longer memcached keeps what expires: it counts seconds, and clocks differ. Whether something has expired is never
// its to say.
const slack = time.Minute

// expiration is a life as memcached takes it, by its own clock.
func expiration(life time.Duration) int32 {
	if life == 0 {
		return 0
	}
	life = max(life, 0) + slack
	if life < relative {
		return int32(life/time.Second) + 1
	}
	end := time.Now().Add(life).Unix()
	if end > 1<<31-1 {
		return 0 // beyond what the library can say
	}
	return int32(end)
}
