package services

import (
	"strings"
	"testing"

	"github.com/patchbay-go/patchbay/adapters/server"
	"github.com/patchbay-go/patchbay/examples/addressbook/book"
	"github.com/patchbay-go/patchbay/stores/memory"
)

// What one protocol has saved, the other loads.
func TestAddressbook(t *testing.T) {
	contacts, err := book.Open(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = contacts.Close() }()
	set := ChannelSet(memory.New(nil), contacts, quiet)
	c := &caller{handler: server.NewHandler(set, &server.Options{Paths: Paths()})}

	const user = `{"$class":"models.User","sa_key":[1],"sa_lazy":["phone_numbers"],"id":1,"first_name":"Ann","last_name":null,"emails":[],"phone_numbers":null}`
	body := c.post(t, "/rpc", []byte(`{"jsonrpc":"2.0","method":"ExampleService.save","params":[{"$class":"models.User","first_name":"Ann","emails":[]}],"id":1}`))
	if want := `{"jsonrpc":"2.0","result":` + user + `,"id":1}`; string(body) != want {
		t.Errorf("JSON-RPC: got %s, want %s", body, want)
	}
	packet := "\x00\x03\x00\x00\x00\x01\x00\x16ExampleService.loadAll\x00\x02/1\x00\x00\x00\x13\x0a\x00\x00\x00\x01\x02\x00\x0bmodels.User"
	if got := string(c.post(t, "/amf", []byte(packet))); !strings.Contains(got, "\x17models.User\x0dsa_key") || !strings.Contains(got, "Ann") {
		t.Errorf("AMF: got %q, want the user", got)
	}
}
