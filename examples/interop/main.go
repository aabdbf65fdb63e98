// Command interop serves what foreign clients are tested with: the services of package services on every protocol, and a start page
// to try them by hand.
//
//	go run ./examples/interop --http 127.0.0.1:8080
//
// The line "ready http=HOST:PORT" says that clients may come; SIGTERM or Ctrl-C ends it in good order.
package main

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/patchbay-go/patchbay/adapters/server"
	"github.com/patchbay-go/patchbay/examples/addressbook/book"
	"github.com/patchbay-go/patchbay/examples/interop/services"
	"github.com/patchbay-go/patchbay/stores/memory"
)

func main() {
	address := flag.String("http", setting("PATCHBAY_HTTP", "127.0.0.1:8080"), "address of the HTTP server; :PORT means 127.0.0.1:PORT, port 0 picks one")
	store := flag.String("store", setting("PATCHBAY_STORE", "memory:"), "where sessions are kept: memory: alone")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	if err := serve(ctx, *address, *store); err != nil {
		fmt.Fprintf(os.Stderr, "interop: %v\n", err)
		os.Exit(1)
	}
}

// setting is a flag's default: what its environment variable says, if there is one.
func setting(variable, otherwise string) string {
	if text, ok := os.LookupEnv(variable); ok {
		return text
	}
	return otherwise
}

func serve(ctx context.Context, address, store string) error {
	if store != "memory:" {
		return fmt.Errorf("--store %q: there is memory: alone", store)
	}
	if strings.HasPrefix(address, ":") {
		address = "127.0.0.1" + address
	}
	contacts, err := book.Open(ctx, "")
	if err != nil {
		return err
	}
	defer func() { _ = contacts.Close() }() // it is in memory: nothing of it remains
	set := services.ChannelSet(memory.New(nil), contacts, &services.Options{Logger: slog.New(slog.NewJSONHandler(os.Stderr, nil))})
	srv := server.New(set, &server.Options{
		Paths:       services.Paths(),
		Other:       services.Pages(set),
		AllowOrigin: server.LoopbackOrigin,
	})
	addr, err := srv.Listen(address)
	if err != nil {
		return err
	}
	fmt.Printf("ready http=%s\n", addr)
	return services.Serve(ctx, set, srv)
}
