// Command hello_world serves AmFast's hello_world example: a service that gives back what it is given, and one of its targets fails.
//
//	go run ./examples/hello_world
//
//	patchbay call http://127.0.0.1:8000/amf ExampleService.echo "Hello World!"
//	patchbay call http://127.0.0.1:8000/amf ExampleService.raiseException
//
// With --static FOLDER it serves the Flex client too, as ../README.md shows.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"net/http"

	"github.com/patchbay-go/patchbay/adapters/server"
	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/protocols/amf"
	"github.com/patchbay-go/patchbay/stores/memory"
)

func echo(_ context.Context, val any) (any, error) { return val, nil }

// raiseException fails in its own words: of any other error than a Fault the caller would hear nothing.
func raiseException(context.Context) (any, error) {
	return nil, core.Failed.Errorf("Example Exception")
}

func main() {
	address := flag.String("http", "127.0.0.1:8000", "address to serve on")
	static := flag.String("static", "", "folder with the client's page and SWF, served at /")
	flag.Parse()
	service := core.NewService("ExampleService").
		Map("echo", core.Func(echo, "val")).
		Map("raiseException", core.Func0(raiseException))
	set := core.NewChannelSet(core.NewServiceMapper(service), memory.New(nil), nil)
	set.Map(&core.Channel{Name: "amf", Endpoint: amf.New(nil)})
	opts := &server.Options{Paths: map[string]string{"/amf": "amf"}}
	if *static != "" {
		opts.Other = http.FileServer(http.Dir(*static))
	}
	srv := server.New(set, opts)
	addr, err := srv.Listen(*address)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("ready http=%s\n", addr)
	log.Fatal(srv.Serve(context.Background()))
}
