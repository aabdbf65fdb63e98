// Command streaming serves AmFast's streaming example: one client drags a circle around, and it follows in all others. What is published
// goes out at once, on an answer that never ends.
//
//	go run ./examples/streaming
//
//	patchbay subscribe --protocol amf-stream http://127.0.0.1:8000/amf coordinates
//	patchbay publish http://127.0.0.1:8000/amf coordinates '{"x": 100, "y": 50}'
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
	"time"

	"github.com/patchbay-go/patchbay/adapters/server"
	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/protocols/amf"
	"github.com/patchbay-go/patchbay/stores/memory"
)

func main() {
	address := flag.String("http", "127.0.0.1:8000", "address to serve on")
	static := flag.String("static", "", "folder with the client's page and SWF, served at /")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt) // tells streams that the server ends
	context.AfterFunc(ctx, stop)
	set := core.NewChannelSet(core.NewServiceMapper(), memory.New(nil), nil)
	// Who subscribes begins with where the circle was in the last ten seconds.
	set.AddDestination(&core.Destination{Name: "coordinates", Replay: true, TTL: 10 * time.Second})
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
	if err := srv.Serve(ctx); err != nil {
		log.Fatal(err)
	}
}
