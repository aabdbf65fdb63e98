// Command echo serves AmFast's echo example: the server that Red5's echo test asks, which sends values of every type by NetConnection
// and RemoteObject, in AMF0 and AMF3, and compares what comes back.
//
//	go run ./examples/echo
//
//	patchbay call http://127.0.0.1:8000/amf Red5Echo.echo '{"a":[1,2.5,null]}'
//
// With --static FOLDER it serves the client too, as ../README.md shows.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"net/http"

	"github.com/patchbay-go/patchbay/adapters/server"
	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/core/value"
	"github.com/patchbay-go/patchbay/protocols/amf"
	"github.com/patchbay-go/patchbay/stores/memory"
	wire "github.com/patchbay-go/patchbay/wire/amf"
)

// echo never looks at the value, so that it goes back as it came: an integer as an integer, an object with its class, which nobody has
// to register, and what is shared or contains itself as it was.
func echo(_ context.Context, val value.Late) (value.Late, error) { return val, nil }

// An Externalizable is the one class that has to be known: it writes its bytes itself, and nobody else can tell where they end.
type Externalizable struct {
	Scalars []byte // booleans, bytes, floats, ints and text in two encodings
	List    any
	Texts   []byte // shorts, ints and text with and without its length
}

// layout is how an Externalizable is written. Its lengths are always the same.
type layout struct{}

var _ wire.External = layout{}

// ReadExternal implements wire.External.
func (layout) ReadExternal(in *wire.ExternalInput) {
	in.Bytes("scalars", 52)
	in.Value("list")
	in.Bytes("texts", 40)
}

// WriteExternal implements wire.External.
func (layout) WriteExternal(out *wire.ExternalOutput) {
	out.Bytes("scalars")
	out.Value("list")
	out.Bytes("texts")
}

func main() {
	address := flag.String("http", "127.0.0.1:8000", "address to serve on")
	static := flag.String("static", "", "folder with the client's page and SWF, served at /")
	flag.Parse()
	classes := value.NewRegistry()
	classes.Register("org.red5.server.webapp.echo.ExternalizableClass", Externalizable{}, value.External(layout{}))
	service := core.NewService("Red5Echo").Map("echo", core.Func(echo, "val"))
	mapper := core.NewServiceMapper(service, service.As("")) // "echo" alone is a target of the service without a name
	set := core.NewChannelSet(mapper, memory.New(nil), &core.Options{Registry: classes})
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
