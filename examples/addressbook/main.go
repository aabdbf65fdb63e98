// Command addressbook serves AmFast's addressbook example: users, their e-mail addresses and telephone numbers, kept in SQLite. Package
// book has its classes and targets.
//
//	go run ./examples/addressbook
//
//	curl http://127.0.0.1:8000/rpc -d '{"jsonrpc":"2.0","method":"ExampleService.insertDefaultData","id":1}'
//	curl http://127.0.0.1:8000/rpc -d '{"jsonrpc":"2.0","method":"ExampleService.loadAll","params":["models.User"],"id":2}'
//
// With --static FOLDER it serves the Flex client too, as ../README.md shows.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"net/http"
	"os"
	"os/signal"
	"syscall"

	"github.com/patchbay-go/patchbay/adapters/server"
	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/core/value"
	"github.com/patchbay-go/patchbay/examples/addressbook/book"
	"github.com/patchbay-go/patchbay/protocols/amf"
	"github.com/patchbay-go/patchbay/protocols/jsonrpc"
	"github.com/patchbay-go/patchbay/stores/memory"
)

func main() {
	address := flag.String("http", "127.0.0.1:8000", "address to serve on")
	file := flag.String("file", "", "SQLite file of the address book; without one it is in memory and ends with the server")
	static := flag.String("static", "", "folder with the client's page and SWF, served at /")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	if err := serve(ctx, *address, *file, *static); err != nil {
		log.Fatal(err)
	}
}

func serve(ctx context.Context, address, file, static string) error {
	contacts, err := book.Open(ctx, file)
	if err != nil {
		return err
	}
	defer func() { _ = contacts.Close() }() // what was saved is saved
	classes := value.NewRegistry()
	contacts.Register(classes)
	service := contacts.Map(core.NewService("ExampleService"))
	set := core.NewChannelSet(core.NewServiceMapper(service), memory.New(nil), &core.Options{Registry: classes})
	set.Map(&core.Channel{Name: "amf", Endpoint: amf.New(nil)})
	set.Map(&core.Channel{Name: "rpc", Endpoint: jsonrpc.New(nil)})
	opts := &server.Options{Paths: map[string]string{"/amf": "amf", "/rpc": "rpc"}}
	if static != "" {
		opts.Other = http.FileServer(http.Dir(static))
	}
	srv := server.New(set, opts)
	addr, err := srv.Listen(address)
	if err != nil {
		return err
	}
	fmt.Printf("ready http=%s\n", addr)
	return srv.Serve(ctx)
}
