package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"runtime"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/patchbay-go/patchbay/adapters/server"
	"github.com/patchbay-go/patchbay/adapters/server/chatpage"
	"github.com/patchbay-go/patchbay/cmd/patchbay/internal/backend"
	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/examples/addressbook/book"
	"github.com/patchbay-go/patchbay/examples/interop/services"
)

// serveFlags are the settings of the serve command.
type serveFlags struct {
	http           string
	store          string
	bus            string
	allowOrigins   []string
	crossDomains   []string
	trustedProxies int
	grace          time.Duration
	logFormat      string
	logLevel       slog.Level
}

func newServe(t terminal) *cobra.Command {
	var f serveFlags
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Serve the example services and topics to clients of all protocols",
		Long: "Serve the example services and topics to clients of all protocols, with everything embedded: nothing else has to run.\n\n" +
			"Open the printed address in a browser to see what is served, to call it and to chat. The line \"ready http=HOST:PORT\" on\n" +
			"standard output says that clients may come; logs go to standard error. SIGTERM or Ctrl-C ends it in good order.\n" +
			"Every flag can also be set by the environment variable named in brackets.",
		Example: "  patchbay serve\n  patchbay serve --http :0 --log-format text\n  PATCHBAY_HTTP=0.0.0.0:8080 patchbay serve",
		Args:    cobra.NoArgs,
		PreRunE: func(cmd *cobra.Command, _ []string) error { return fromEnvironment(cmd.Flags(), t.env) },
		RunE:    func(cmd *cobra.Command, _ []string) error { return f.serve(cmd.Context(), t) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.http, "http", "127.0.0.1:8080", "address of the HTTP server; :PORT means 127.0.0.1:PORT, port 0 picks one")
	flags.StringVar(&f.store, "store", "memory:", "URL of where sessions and messages are kept: memory:, memory:FILE, sqlite:FILE, postgres://,\n"+
		"dynamodb://, firestore:// or memcache://; memory: is gone when the process ends")
	flags.StringVar(&f.bus, "bus", "", "URL of what instances on one store tell each other of messages by: redis://, postgres:// or pubsub://")
	flags.StringSliceVar(&f.allowOrigins, "allow-origin", nil, "origins whose pages may call, beside those of this machine, such as https://shop.example")
	flags.StringSliceVar(&f.crossDomains, "crossdomain", nil, "domains whose SWFs may call, for /crossdomain.xml, such as *.example.com")
	flags.IntVar(&f.trustedProxies, "trusted-proxies", 0, "how many proxies before this server append to X-Forwarded-For")
	flags.DurationVar(&f.grace, "grace", 8*time.Second, "how long calls may go on at the end, before they are canceled")
	flags.StringVar(&f.logFormat, "log-format", "json", "json or text")
	flags.TextVar(&f.logLevel, "log-level", slog.LevelInfo, "debug, info (a line per request), warn or error")
	nameVariables(flags)
	return cmd
}

func (f *serveFlags) serve(ctx context.Context, t terminal) error {
	logger, err := newLogger(t.err, f.logFormat, f.logLevel)
	if err != nil {
		return err
	}
	contacts, err := book.Open(ctx, "")
	if err != nil {
		return err
	}
	defer func() { _ = contacts.Close() }() // it is in memory: nothing of it remains
	store, err := f.openStore(ctx, logger)
	if err != nil {
		return err
	}
	bus, closeBus, err := f.openBus(ctx, logger)
	if err != nil {
		return errors.Join(err, store.Close())
	}
	defer closeBus()
	set := services.ChannelSet(store, contacts, &services.Options{Logger: logger, Bus: bus})
	defer closeSet(set, logger)
	srv := server.New(set, f.options(set))
	addr, err := listen(srv, f.http)
	if err != nil {
		return err
	}
	f.announce(t.out, addr)
	floor := make([]byte, heapFloor)
	defer runtime.KeepAlive(floor)
	return services.Serve(ctx, set, srv)
}

func newLogger(w io.Writer, format string, level slog.Level) (*slog.Logger, error) {
	opts := &slog.HandlerOptions{Level: level}
	switch format {
	case "json":
		return slog.New(slog.NewJSONHandler(w, opts)), nil
	case "text":
		return slog.New(slog.NewTextHandler(w, opts)), nil
	}
	return nil, wrongUse(fmt.Errorf("--log-format %q: there are json and text", format))
}

func (f *serveFlags) openStore(ctx context.Context, logger *slog.Logger) (core.Store, error) {
	store, err := backend.OpenStore(ctx, f.store, logger)
	return store, notOpened("--store", err)
}

// openBus opens the bus, if there is to be one.
func (f *serveFlags) openBus(ctx context.Context, logger *slog.Logger) (bus core.Bus, closeIt func(), err error) {
	if f.bus == "" {
		return nil, func() {}, nil
	}
	opened, err := backend.OpenBus(ctx, f.bus, logger)
	if err != nil {
		return nil, nil, notOpened("--bus", err)
	}
	return opened, func() { _ = opened.Close() }, nil // it keeps nothing
}

// notOpened names the flag of a URL that could not be opened. One that names nothing was a wrong use.
func notOpened(flag string, err error) error {
	if err == nil {
		return nil
	}
	err = fmt.Errorf("%s: %w", flag, err)
	if _, ok := errors.AsType[*backend.LocationError](err); ok {
		return wrongUse(err)
	}
	return err
}

// closeSet ends the set and its store, which may have something to write.
func closeSet(set *core.ChannelSet, logger *slog.Logger) {
	if err := set.Close(); err != nil {
		logger.Error("store not closed well", "error", err)
	}
}

func (f *serveFlags) options(set *core.ChannelSet) *server.Options {
	listed := server.Origins(f.allowOrigins...)
	opts := &server.Options{
		Paths:          services.Paths(),
		Other:          services.Pages(set),
		AllowOrigin:    func(origin string) bool { return server.LoopbackOrigin(origin) || listed(origin) },
		TrustedProxies: f.trustedProxies,
		Grace:          f.grace,
	}
	if len(f.crossDomains) > 0 {
		opts.CrossDomain = &server.CrossDomain{Domains: f.crossDomains}
	}
	return opts
}

// listen opens the address and says in the flag's words what is wrong with it.
func listen(srv *server.Server, address string) (net.Addr, error) {
	if address == "" {
		return nil, wrongUse(errors.New("--http is empty, so there is nothing to serve: give it an address"))
	}
	if strings.HasPrefix(address, ":") {
		address = "127.0.0.1" + address
	}
	if _, _, err := net.SplitHostPort(address); err != nil {
		return nil, wrongUse(fmt.Errorf("--http %q: use HOST:PORT or :PORT", address))
	}
	addr, err := srv.Listen(address)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("address %s is in use: end what runs there, or choose another with --http", address)
	}
	return addr, err
}

// announce prints what is served where, for people, and the line that programs wait for.
func (f *serveFlags) announce(w io.Writer, addr net.Addr) {
	url := "http://" + addr.String()
	fmt.Fprintf(w, "Patchbay %s\n\n  %-36s start page: what there is, with forms to call it\n", version(), url+"/")
	fmt.Fprintf(w, "  %-36s a chat by the topic chat\n", url+chatpage.Path)
	for _, place := range services.Places() {
		fmt.Fprintf(w, "  %-36s %s\n", url+place.Path, place.Doc)
	}
	fmt.Fprintf(w, "  %-36s health\n\n", url+"/livez, /readyz")
	fmt.Fprintf(w, "Try: patchbay call %s example.add 1 2\n     patchbay subscribe %s clock\n", url+"/amf", url+"/events")
	fmt.Fprintf(w, "Store: %s (%s)\n", backend.Redacted(f.store), backend.Doc(f.store))
	if f.bus != "" {
		fmt.Fprintf(w, "Bus: %s\n", backend.Redacted(f.bus))
	}
	fmt.Fprintf(w, "ready http=%s\n", addr)
}
