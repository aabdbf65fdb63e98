// Command messaging serves AmFast's messaging example: what a Producer sends, every Consumer gets. At /amf Consumers ask every few
// seconds; at /longPoll a question waits until there is something to answer.
//
//	go run ./examples/messaging
//
//	patchbay subscribe http://127.0.0.1:8000/longPoll messages
//	patchbay publish http://127.0.0.1:8000/longPoll messages 'Hello World!'
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
	address := flag.String("http", "127.0.0.1:8000", "address to serve on")
	static := flag.String("static", "", "folder with the client's page and SWF, served at /")
	flag.Parse()
	set := core.NewChannelSet(core.NewServiceMapper(), memory.New(nil), nil)
	// Who subscribes begins with what was published in the last ten seconds.
	set.AddDestination(&core.Destination{Name: "messages", Replay: true, TTL: 10 * time.Second})
	set.Map(&core.Channel{Name: "amf", Endpoint: amf.New(nil)})
	set.Map(&core.Channel{Name: "longPoll", Endpoint: amf.New(&amf.Options{WaitInterval: 90 * time.Second})})
	opts := &server.Options{Paths: map[string]string{"/amf": "amf", "/longPoll": "longPoll"}}
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
