package main

import (
	"testing"

	"github.com/patchbay-go/patchbay/examples/internal/flex"
)

const refused = "Client.Authentication: Login required before authorization can proceed."

// A RemoteObject logs in, is known to the server, and logs out.
func TestLogin(t *testing.T) {
	c := flex.Connect(t, flex.Run(t)+"/amf")
	if got := c.Fault("ExampleService.echo", `"x"`); got != refused {
		t.Errorf("before login: got fault %s", got)
	}
	for _, wrong := range []string{"correct:wrong", "wrong:correct", ":"} {
		if got := flex.FaultOf(c.Login(wrong)); got != "Client.Authentication: Invalid login." {
			t.Errorf("login as %s: got fault %q", wrong, got)
		}
	}
	if got := flex.FaultOf(c.Login("correct:correct")); got != "" {
		t.Fatalf("login: got fault %s", got)
	}
	if got := c.Call("ExampleService.echo", `"Hello World!"`); got != `"Hello World!"` {
		t.Errorf("after login: got %s", got)
	}
	c.Logout()
	if got := c.Fault("ExampleService.echo", `"x"`); got != refused {
		t.Errorf("after logout: got fault %s", got)
	}
}

// A NetConnection sends who it is in the header of each packet.
func TestCredentials(t *testing.T) {
	c := flex.Connect(t, flex.Run(t)+"/amf")
	for _, row := range []struct{ user, password, want string }{
		{"correct", "correct", "/1/onResult"}, {"correct", "wrong", "/1/onStatus"}, {"", "", "/1/onStatus"},
	} {
		c.Credentials(row.user, row.password)
		if target, got := c.Post("ExampleService.echo", "Hello World!"); target != row.want {
			t.Errorf("as %q, %q: got %s %v, want %s", row.user, row.password, target, got, row.want)
		}
	}
}
