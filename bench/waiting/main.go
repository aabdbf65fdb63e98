package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"time"
)

// settings are what the flags say.
type settings struct {
	polls   int
	streams int
	rounds  int
	root    string
}

func main() {
	if len(os.Args) > 1 && os.Args[1] == roleBare {
		exit(serveBare(context.Background(), os.Stdout))
	}
	var s settings
	flag.IntVar(&s.polls, "polls", 10_000, "how many long polls wait at once")
	flag.IntVar(&s.streams, "streams", 200, "how many streams are open at once")
	flag.IntVar(&s.rounds, "rounds", 5, "how often is published")
	flag.StringVar(&s.root, "root", ".", "the root of the checkout")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	exit(run(ctx, s))
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench/waiting:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

func run(ctx context.Context, s settings) error {
	if err := allowFiles(uint64(s.polls) + 1000); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "patchbay-bench-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	binary := filepath.Join(dir, "patchbay")
	if err := build(ctx, s.root, binary); err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	if s.polls > 0 {
		if err := errors.Join(measureBare(ctx, s, self), measurePolls(ctx, s, binary)); err != nil {
			return err
		}
	}
	if s.streams > 0 {
		return measureStreams(ctx, s, binary)
	}
	return nil
}

// measureBare lets as many clients wait for a handler that does nothing else.
func measureBare(ctx context.Context, s settings, self string) error {
	server, err := start(ctx, self, roleBare)
	if err != nil {
		return err
	}
	defer server.stop()
	connect := func(int) (*client, error) { return dial(ctx, server.address()) }
	clients, err := connectAll(ctx, s.polls, connect)
	defer closeAll(clients)
	if err != nil {
		return err
	}
	sender, err := connect(0)
	if err != nil {
		return err
	}
	return measureRounds(s, server, "net/http alone", &crowd{
		clients: clients,
		wait:    func(c *client) error { return c.post(pathWait, []byte("wait")) },
		receive: (*client).answer,
		publish: func() error { return sender.publishBare() },
	})
}

// measurePolls lets clients wait with long polls, publishes, and times the replies.
func measurePolls(ctx context.Context, s settings, binary string) error {
	server, err := startPatchbay(ctx, binary)
	if err != nil {
		return err
	}
	defer server.stop()
	clients, err := connectAll(ctx, s.polls, func(int) (*client, error) { return subscribe(ctx, server.address(), "/longPoll") })
	defer closeAll(clients)
	if err != nil {
		return err
	}
	settle()
	if err := server.report("connected and subscribed", s.polls); err != nil {
		return err
	}
	sender, err := newPublisher(ctx, server.address())
	if err != nil {
		return err
	}
	return measureRounds(s, server, "long polls", &crowd{
		clients: clients,
		wait:    func(c *client) error { return c.poll("/longPoll") },
		receive: (*client).answer,
		publish: sender.publish,
	})
}

// measureStreams opens streams, watches them idle, publishes, and times the frames.
func measureStreams(ctx context.Context, s settings, binary string) error {
	server, err := startPatchbay(ctx, binary)
	if err != nil {
		return err
	}
	defer server.stop()
	clients, err := connectAll(ctx, s.streams, func(int) (*client, error) { return openStream(ctx, server.address(), "/amf") })
	defer closeAll(clients)
	if err != nil {
		return err
	}
	settle()
	if err := errors.Join(server.report("streams open", s.streams), reportIdle(server)); err != nil {
		return err
	}
	sender, err := newPublisher(ctx, server.address())
	if err != nil {
		return err
	}
	return measureRounds(s, server, "streams", &crowd{clients: clients, receive: (*client).frame, publish: sender.publish})
}

// A crowd is clients that wait for what is published.
type crowd struct {
	clients []*client
	wait    func(*client) error // begins to wait; nil: they always do
	receive func(*client) error
	publish func() error
}

// measureRounds lets a crowd wait, publishes and times what comes, again and again. A server's memory is looked at when it is waited for
// the first time and the last: what it has answered once costs it more, since memory counts from when it is first written to.
func measureRounds(s settings, server *server, what string, c *crowd) error {
	var all []time.Duration
	for round := range s.rounds {
		if err := c.begin(); err != nil {
			return err
		}
		settle()
		if err := reportRound(s, server, what, round, len(c.clients)); err != nil {
			return err
		}
		times, err := c.timeReplies()
		if err != nil {
			return err
		}
		all = append(all, times...)
	}
	latency(what+": publish to reply", all)
	return nil
}

func reportRound(s settings, server *server, what string, round, n int) error {
	switch round {
	case 0:
		return server.report(what+", waiting for the first time", n)
	case s.rounds - 1:
		return server.report(what+", waiting for the last time", n)
	}
	return nil
}

func (c *crowd) begin() error {
	if c.wait == nil {
		return nil
	}
	for _, client := range c.clients {
		if err := c.wait(client); err != nil {
			return err
		}
	}
	return nil
}

// timeReplies publishes once and returns how long each client waited for what it gets.
func (c *crowd) timeReplies() ([]time.Duration, error) {
	type result struct {
		at  time.Time
		err error
	}
	results := make(chan result, len(c.clients))
	for _, client := range c.clients {
		go func() {
			err := c.receive(client)
			results <- result{time.Now(), err}
		}()
	}
	settle()
	start := time.Now()
	if err := c.publish(); err != nil {
		return nil, err
	}
	var times []time.Duration
	for range c.clients {
		r := <-results
		if r.err != nil {
			return nil, r.err
		}
		times = append(times, r.at.Sub(start))
	}
	return times, nil
}

// settle lets the server come to rest.
func settle() { time.Sleep(2 * time.Second) }

// reportIdle prints what the server computes while nothing is published.
func reportIdle(s *server) error {
	const idle = 10 * time.Second
	before, err := s.CPU()
	if err != nil {
		return err
	}
	time.Sleep(idle)
	after, err := s.CPU()
	if err == nil {
		fmt.Printf("%-45s %.2f %% of a core\n", "streams idle, with heartbeats", 100*(after-before).Seconds()/idle.Seconds())
	}
	return err
}

func latency(what string, times []time.Duration) {
	slices.Sort(times)
	at := func(part float64) time.Duration {
		return times[int(part*float64(len(times)-1))].Round(100 * time.Microsecond)
	}
	fmt.Printf("%-45s p50 %v, p99 %v, last %v (%d replies)\n", what, at(0.5), at(0.99), at(1), len(times))
}
