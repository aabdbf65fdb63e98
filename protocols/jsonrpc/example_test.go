package jsonrpc_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/patchbay-go/patchbay/adapters/server"
	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/protocols/jsonrpc"
	"github.com/patchbay-go/patchbay/stores/memory"
)

// A Go func, called by JSON-RPC over HTTP.
func Example() {
	hello := core.Func(func(_ context.Context, name string) (string, error) { return "Hello, " + name + "!", nil }, "name")
	services := core.NewServiceMapper(core.NewService("greeter").Map("hello", hello))

	set := core.NewChannelSet(services, memory.New(nil), nil)
	set.Map(&core.Channel{Name: "rpc", Endpoint: jsonrpc.New(nil)})
	handler := server.NewHandler(set, &server.Options{Paths: map[string]string{"/rpc": "rpc"}})

	body := `{"jsonrpc": "2.0", "method": "greeter.hello", "params": {"name": "Ada"}, "id": 1}`
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, httptest.NewRequest(http.MethodPost, "/rpc", strings.NewReader(body)))
	text, _ := io.ReadAll(answer.Body)
	fmt.Println(answer.Code, string(text))
	// Output: 200 {"jsonrpc":"2.0","result":"Hello, Ada!","id":1}
}
