// Command cloudrun is the chat, and with it all example services, as a service of Google's Cloud Run on a database of Firestore. docs/cloudrun.md
// says how it is built and configured.
//
//	PORT                    where to listen, on all addresses; Cloud Run sets it
//	PATCHBAY_HTTP           another address, HOST:PORT, on one's own machine
//	PATCHBAY_STORE          firestore://PROJECT/DATABASE; or memory: to try it
//	PATCHBAY_BUS            pubsub://PROJECT/TOPIC, by which instances wake each other; by default they look by themselves
//	PATCHBAY_SECRET         what session ids are made with; by default it is made once and kept in the database
//	PATCHBAY_ORIGINS        pages of other origins that may call, separated by commas; by default none
//	PATCHBAY_PROXIES        how many proxies append to X-Forwarded-For; 1 is Google's front end alone, 2 with a load balancer before it
//	PATCHBAY_PUSH           destinations, separated by commas, whose messages Pub/Sub and Eventarc push to /push/DESTINATION; by default none
//	PATCHBAY_PUSH_AUDIENCE  whom the tokens of these pushes are for, and
//	PATCHBAY_PUSH_ACCOUNT   whose they are: the e-mail address of a service account
//
// FIRESTORE_EMULATOR_HOST and PUBSUB_EMULATOR_HOST are the addresses of emulators. Pub/Sub's signs no tokens: with it pushes need none.
//
// A line "ready http=HOST:PORT" on standard output says that it serves; SIGTERM ends it within ten seconds. With the build tag grpcnotrace it
// is 3 MB smaller.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/patchbay-go/patchbay/adapters/cloudrun"
	"github.com/patchbay-go/patchbay/adapters/server"
	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/examples/interop/services"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	logger := slog.New(cloudrun.NewLogHandler(os.Stderr, nil))
	if err := run(ctx, os.Getenv, logger); err != nil {
		logger.Error("cannot serve", "error", err)
		os.Exit(1)
	}
}

// patience is how long store and bus may take to answer when they are asked first.
const patience = 30 * time.Second

// run opens the store and the bus, and serves until ctx ends.
func run(ctx context.Context, getenv func(string) string, logger *slog.Logger) (err error) {
	opening, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	store, project, err := openStore(opening, getenv)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	opts := &services.Options{Logger: logger, Secret: []byte(getenv("PATCHBAY_SECRET"))}
	bus, err := openBus(opening, getenv, logger)
	if err != nil {
		return err
	}
	if bus != nil {
		defer func() { err = errors.Join(err, bus.Close()) }()
		opts.Bus = bus
	}
	set := services.ChannelSet(store, nil, opts)
	srv, err := newServer(opening, set, project, getenv)
	if err != nil {
		return err
	}
	return serve(ctx, srv, getenv)
}

// newServer wires the channels, the pages and the pushes.
func newServer(ctx context.Context, set *core.ChannelSet, project string, getenv func(string) string) (*server.Server, error) {
	push, err := pushes(context.WithoutCancel(ctx), set, getenv)
	if err != nil {
		return nil, err
	}
	proxies, err := proxies(getenv("PATCHBAY_PROXIES"))
	if err != nil {
		return nil, err
	}
	return cloudrun.New(set, &cloudrun.Options{
		Project: project,
		Push:    push,
		Server: server.Options{
			Paths:       services.Paths(),
			Other:       services.Pages(set),
			AllowOrigin: server.Origins(list(getenv("PATCHBAY_ORIGINS"))...),

			TrustedProxies: proxies,
		},
	}), nil
}

// proxies reads how many stand before the program. With one too few all callers have the address of the load balancer, and share what one of
// them may have; with one too many each says by himself who he is.
func proxies(text string) (int, error) {
	if text == "" {
		return 1, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return 0, fmt.Errorf("PATCHBAY_PROXIES is %q, not a number of proxies", text)
	}
	return n, nil
}

// pushes returns the endpoints that Pub/Sub pushes to. What they cannot take they refuse, for a topic of dead letters to get it.
func pushes(ctx context.Context, set *core.ChannelSet, getenv func(string) string) (map[string]*cloudrun.Push, error) {
	opts := cloudrun.PushOptions{Audience: getenv("PATCHBAY_PUSH_AUDIENCE"), Account: getenv("PATCHBAY_PUSH_ACCOUNT"), RefusePoison: true}
	opts.Open = opts.Audience == "" && opts.Account == "" && getenv("PUBSUB_EMULATOR_HOST") != ""
	all := map[string]*cloudrun.Push{}
	for _, destination := range list(getenv("PATCHBAY_PUSH")) {
		opts.Destination = destination
		p, err := cloudrun.NewPush(ctx, set, &opts)
		if err != nil {
			return nil, fmt.Errorf("PATCHBAY_PUSH %q: %w", destination, err)
		}
		all["/push/"+destination] = p
	}
	return all, nil
}

// serve listens and serves until ctx ends.
func serve(ctx context.Context, srv *server.Server, getenv func(string) string) error {
	address := getenv("PATCHBAY_HTTP")
	if address == "" {
		var err error
		if address, err = cloudrun.Address(getenv("PORT")); err != nil {
			return err
		}
	}
	addr, err := srv.Listen(address)
	if err != nil {
		return err
	}
	fmt.Printf("ready http=%s\n", addr)
	return srv.Serve(ctx)
}

// list reads names that are separated by commas.
func list(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' })
}
