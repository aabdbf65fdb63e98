// Command patchbay serves Go funcs and topics to clients of all protocols, calls such servers, publishes and subscribes to their topics, and
// shows what is in a capture. "patchbay --help" tells the rest.
//
// It ends with status 0 when all went well, 1 when something failed, 2 when it was used in a wrong way, and 3 when there was
// nobody to talk to.
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	os.Exit(run(ctx, os.Args[1:], terminal{os.Stdin, os.Stdout, os.Stderr, os.LookupEnv}))
}

// A terminal is what a command talks to its user by.
type terminal struct {
	in       io.Reader
	out, err io.Writer
	env      func(name string) (string, bool)
}
