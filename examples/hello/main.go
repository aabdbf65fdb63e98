// Command hello serves one Go func to AMF and JSON-RPC clients. Run it and call it:
//
//	go run ./examples/hello
//
//	patchbay call http://127.0.0.1:8080/amf hello.greet Ann
//	curl http://127.0.0.1:8080/rpc -d '{"jsonrpc":"2.0","method":"hello.greet","params":["Ann"],"id":1}'
//
// A Flex client calls it as operation "greet" of RemoteObject "hello", a NetConnection by call("hello.greet", responder, "Ann").
package main

import (
	"context"
	"flag"
	"fmt"
	"log"

	"github.com/patchbay-go/patchbay/adapters/server"
	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/protocols/amf"
	"github.com/patchbay-go/patchbay/protocols/jsonrpc"
	"github.com/patchbay-go/patchbay/stores/memory"
)

func greet(_ context.Context, name string) (string, error) {
	return "Hello, " + name + "!", nil
}

func main() {
	address := flag.String("http", "127.0.0.1:8080", "address to serve on")
	flag.Parse()
	hello := core.NewService("hello").Map("greet", core.Func(greet, "name"))
	set := core.NewChannelSet(core.NewServiceMapper(hello), memory.New(nil), nil)
	set.Map(&core.Channel{Name: "amf", Endpoint: amf.New(nil)})
	set.Map(&core.Channel{Name: "rpc", Endpoint: jsonrpc.New(nil)})
	srv := server.New(set, &server.Options{Paths: map[string]string{"/amf": "amf", "/rpc": "rpc"}})
	addr, err := srv.Listen(*address)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("ready http=%s\n", addr)
	log.Fatal(srv.Serve(context.Background()))
}
