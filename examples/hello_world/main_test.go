package main

import (
	"testing"

	"github.com/patchbay-go/patchbay/examples/internal/flex"
)

func TestRemoteObject(t *testing.T) {
	c := flex.Connect(t, flex.Run(t)+"/amf")
	if got := c.Call("ExampleService.echo", `"Hello World!"`); got != `"Hello World!"` {
		t.Errorf("echo: got %s", got)
	}
	if got := c.Fault("ExampleService.raiseException"); got != "Server.Processing: Example Exception" {
		t.Errorf("raiseException: got fault %s", got)
	}
}

func TestNetConnection(t *testing.T) {
	c := flex.Connect(t, flex.Run(t)+"/amf")
	if target, got := c.Post("ExampleService.echo", "Hello World!"); target != "/1/onResult" || got != "Hello World!" {
		t.Errorf("echo: got %s %v", target, got)
	}
	if target, got := c.Post("ExampleService.raiseException"); target != "/1/onStatus" || flex.FaultOf(got) != "Server.Processing: Example Exception" {
		t.Errorf("raiseException: got %s %v", target, got)
	}
}
