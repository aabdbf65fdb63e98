package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/patchbay-go/patchbay/core"
)

const (
	channel = "bench"
	news    = "news" // what everybody subscribes to
	busy    = "busy" // what many publish to at once, and nobody reads
)

// payload is a body of the size of a line in a chat: an entry with it is well below a kilobyte.
var payload = strings.Repeat("patchbay. ", 10)

// secret lets all sets of the benchmark take each other's ids, without an item in the store.
var secret = []byte("not a secret: every run has a store of its own")

// newSet returns what a process has: a ChannelSet over the store. It is to be drained and not closed, since sets share the store.
func newSet(store core.Store) *core.ChannelSet {
	services := core.NewServiceMapper()
	services.Map(core.NewService("echo").Map("echo", core.Func(func(_ context.Context, text string) (string, error) { return text, nil })))
	set := core.NewChannelSet(services, store, &core.Options{
		Observer: observer{},
		Secret:   secret,
		Timeout:  24 * time.Hour, // so that nothing is due for a sign of life while this runs
		Authenticate: func(_ context.Context, c core.Credentials) (*core.Principal, error) {
			return &core.Principal{Name: c.User}, nil
		},
	})
	set.Map(&core.Channel{Name: channel, Endpoint: noEndpoint{}})
	set.AddDestination(&core.Destination{Name: news})
	set.AddDestination(&core.Destination{Name: busy})
	return set
}

// noEndpoint stands where a channel needs an Endpoint: the benchmark calls the set itself.
type noEndpoint struct{}

func (noEndpoint) Traits() core.Traits { return core.Traits{} }

func (noEndpoint) Serve(context.Context, *core.ChannelSet, *core.Inbound) error {
	return errors.New("nothing is served here")
}

// A crowd is the subscribers of a destination. Between two of their requests the process knows nothing of them, as a function would not.
type crowd struct {
	set      *core.ChannelSet
	ids      []string // of their clients
	end      string   // the cursor that they began with
	requests atomic.Int64
}

// newCrowd lets n clients connect and subscribe. There is nothing yet for them to get.
func newCrowd(ctx context.Context, set *core.ChannelSet, n int) (*crowd, error) {
	c := &crowd{set: set, ids: make([]string, n)}
	var err error
	if c.ids[0], c.end, err = c.subscribe(ctx, ""); err != nil {
		return nil, err
	}
	others := c.ids[1:]
	return c, inParallel(ctx, len(others), atOnce, func(ctx context.Context, i int) (err error) {
		others[i], _, err = c.subscribe(ctx, c.end)
		return err
	})
}

// subscribe lets a new client subscribe behind a cursor; where that is empty, behind what there is. It returns the client's id, and where
// it begins. With a cursor nobody has to look in the store where the log ends, which takes an emulator long.
func (c *crowd) subscribe(ctx context.Context, after string) (id, begins string, err error) {
	client, err := c.set.NewClient(ctx)
	if err != nil {
		return "", "", err
	}
	conn, err := c.set.Connect(ctx, channel, client)
	if err != nil {
		return "", "", fmt.Errorf("connect: %w", err)
	}
	v := core.Subscription{ID: "s", Topic: core.Topic{Destination: news}}
	if err := c.set.Subscribe(ctx, nil, conn, &core.SubscribeRequest{Subscription: v, After: after}); err != nil {
		return "", "", fmt.Errorf("subscribe: %w", err)
	}
	return client.ID(), conn.Cursor(&v), nil
}

// poll lets a client poll as an endpoint does it, and fails unless it gets so many messages.
func (c *crowd) poll(ctx context.Context, id string, want int) error {
	_, conn, err := c.set.LoadConnection(ctx, channel, id)
	if err != nil {
		return err
	}
	if conn == nil {
		return errors.New("poll: the connection has ended")
	}
	b, err := c.set.Poll(ctx, conn, &core.PollRequest{ID: strconv.FormatInt(c.requests.Add(1), 10)})
	if err != nil {
		return fmt.Errorf("poll: %w", err)
	}
	if got := len(b.Deliveries); got != want {
		return fmt.Errorf("a poll brought %d messages, want %d", got, want)
	}
	return nil
}

func publish(ctx context.Context, set *core.ChannelSet, destination string) error {
	_, err := set.Publish(ctx, nil, &core.Publication{Topic: core.Topic{Destination: destination}, Body: payload})
	return err
}

// atOnce is how many requests of a crowd are under way at the same time, and fewAtOnce where that is too much for an emulator.
const (
	atOnce    = 32
	fewAtOnce = 4
)

// inParallel does something n times, so many at a time, and stops when one fails.
func inParallel(ctx context.Context, n, atOnce int, do func(ctx context.Context, i int) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(n, atOnce) {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < n && ctx.Err() == nil; i = int(next.Add(1)) - 1 {
				if err := do(ctx, i); err != nil {
					cancel(err)
				}
			}
		})
	}
	wg.Wait()
	return context.Cause(ctx)
}
