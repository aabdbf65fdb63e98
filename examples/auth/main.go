// Command auth serves AmFast's auth example: a target for those who have logged in. A NetConnection says who it is with every packet, in
// its header Credentials; a RemoteObject logs in once and is known until it logs out.
//
//	go run ./examples/auth
//
//	PATCHBAY_PASSWORD=correct patchbay call --user correct http://127.0.0.1:8000/amf ExampleService.echo "Hello World!"
//
// With --static FOLDER it serves the Flex client too, as ../README.md shows.
package main

import (
	"context"
	"crypto/subtle"
	"flag"
	"fmt"
	"log"
	"net/http"

	"github.com/patchbay-go/patchbay/adapters/server"
	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/protocols/amf"
	"github.com/patchbay-go/patchbay/stores/memory"
)

// authenticate lets one user in. Both comparisons take as long for a wrong guess as for a right one, and both are always made.
func authenticate(_ context.Context, c core.Credentials) (*core.Principal, error) {
	user := subtle.ConstantTimeCompare([]byte(c.User), []byte("correct"))
	password := subtle.ConstantTimeCompare([]byte(c.Password), []byte("correct"))
	if user&password != 1 {
		return nil, nil
	}
	return &core.Principal{Name: c.User}, nil
}

func echo(_ context.Context, val any) (any, error) { return val, nil }

func main() {
	address := flag.String("http", "127.0.0.1:8000", "address to serve on")
	static := flag.String("static", "", "folder with the client's page and SWF, served at /")
	flag.Parse()
	service := core.NewService("ExampleService").Map("echo", core.Func(echo, "val").Secure())
	set := core.NewChannelSet(core.NewServiceMapper(service), memory.New(nil), &core.Options{Authenticate: authenticate})
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
