// Command chat serves AmFast's chat example: a room that everybody talks in, with what was said in the last five minutes for those who come
// late.
//
//	go run ./examples/chat
//
//	patchbay subscribe http://127.0.0.1:8080/amf messages
//	patchbay publish http://127.0.0.1:8080/amf messages '{"user": "Ann", "msg": "Hello!"}'
//
// With --static FOLDER it serves the Flex client too, as ../README.md shows.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"net/http"
	"time"

	"github.com/patchbay-go/patchbay/adapters/server"
	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/protocols/amf"
	"github.com/patchbay-go/patchbay/stores/memory"
)

func main() {
	address := flag.String("http", "127.0.0.1:8080", "address to serve on")
	static := flag.String("static", "", "folder with the client's page and SWF, served at /")
	flag.Parse()
	set := core.NewChannelSet(core.NewServiceMapper(), memory.New(nil), nil)
	// The client's messages ask for five minutes themselves; nobody's live longer, nor are they longer than a chat's.
	set.AddDestination(&core.Destination{Name: "messages", Replay: true, TTL: 5 * time.Minute, MaxTTL: 5 * time.Minute, MaxMessage: 8 << 10})
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
