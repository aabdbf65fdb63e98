package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"syscall"
	"time"

	"github.com/patchbay-go/patchbay/local"
	"github.com/patchbay-go/patchbay/local/gateway"
	"github.com/patchbay-go/patchbay/local/runtime"
)

// localGrace is how long requests may go on at the end.
const localGrace = 3 * time.Second

// A platform is a function and the front doors that are open to it.
type platform struct {
	flags  *localFlags
	logger *slog.Logger
	output io.Writer // gets what the function prints

	function *runtime.Function
	env      []string // of its processes
	doors    []*openDoor
	callback string // URL of @connections, without that
	closers  []func(context.Context)
}

// An openDoor is a front door and its address.
type openDoor struct {
	name     string // in the ready line and of the flag
	doc      string
	listener net.Listener
	server   *http.Server
}

// open opens all addresses, then makes the function, which is told of one of them, and then the doors, which need the function.
func (p *platform) open(env []string) error {
	f := p.flags
	for _, d := range []struct{ name, address, doc string }{
		{"rest", f.rest, "REST API"},
		{"http", f.http, "HTTP API"},
		{"url", f.url, "Function URL"},
		{"alb", f.alb, "Application Load Balancer"},
		{"ws", f.ws, "WebSocket API"},
		{"sqs", f.sqs, "SQS: POST a message to /QUEUE"},
		{"pubsub", f.pubsub, "Pub/Sub: POST messages to /v1/projects/P/topics/T:publish"},
		{"invoke", f.invocation, "Invoke API: POST an event to /"},
		{"runtime", f.runtime, "Runtime API, for the function: AWS_LAMBDA_RUNTIME_API"},
	} {
		if d.address == "" {
			continue
		}
		listener, err := openListener(d.name, d.address)
		if err != nil {
			return err
		}
		p.doors = append(p.doors, &openDoor{name: d.name, doc: d.doc, listener: listener})
	}
	if ws := p.door("ws"); ws != nil {
		p.callback = "http://" + p.at(ws)
		env = append([]string{"AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI=" + p.callback}, env...)
	}
	p.env = env
	faults := local.NewFaults(f.faults, f.seed)
	p.function = runtime.New(&runtime.Options{
		Bootstrap: f.bootstrap, Env: env, Concurrency: f.concurrency, Timeout: f.timeout, CheckMemory: f.memoryCheck, Faults: faults,
		Output: p.output, Logger: p.logger,
	})
	variables, err := p.stageVariables()
	if err != nil {
		return wrongUse(err)
	}
	opts := gateway.Options{
		Stage: f.stage, StageVariables: variables, TrustAuthorizer: f.trustAuthorizer, Faults: faults, Logger: p.logger,
	}
	for _, d := range p.doors {
		d.server = &http.Server{Handler: p.handler(d.name, opts), ReadHeaderTimeout: 30 * time.Second, ErrorLog: slog.NewLogLogger(p.logger.Handler(), slog.LevelDebug)}
	}
	return nil
}

func (p *platform) stageVariables() (map[string]string, error) {
	texts, err := pairs("--stage-variable", p.flags.variables, func(string) (string, bool) { return "", true })
	if err != nil || len(texts) == 0 {
		return nil, err
	}
	variables := make(map[string]string, len(texts))
	for _, text := range texts {
		name, value, _ := strings.Cut(text, "=")
		variables[name] = value
	}
	return variables, nil
}

// handler returns what serves a door, and notes what must be closed in the end.
func (p *platform) handler(name string, opts gateway.Options) http.Handler {
	switch name {
	case "rest":
		if p.flags.stream {
			return gateway.NewStreamingREST(p.function, &opts)
		}
		return gateway.NewREST(p.function, &opts)
	case "http":
		return gateway.NewHTTP(p.function, &opts)
	case "url":
		if p.flags.stream {
			return gateway.NewStreamingURL(p.function, &opts)
		}
		return gateway.NewURL(p.function, &opts)
	case "alb":
		if p.flags.albMulti {
			return gateway.NewMultiValueALB(p.function, &opts)
		}
		return gateway.NewALB(p.function, &opts)
	case "ws":
		return p.webSocket(opts)
	case "sqs":
		sqs := gateway.NewSQS(p.function, &gateway.SQSOptions{Options: opts, Visibility: p.flags.visibility})
		p.closers = append(p.closers, func(context.Context) { sqs.Close() })
		return sqs
	case "pubsub":
		pubsub := gateway.NewPubSub(p.function, &gateway.PubSubOptions{Options: opts})
		p.closers = append(p.closers, func(context.Context) { pubsub.Close() })
		return pubsub
	case "invoke":
		return gateway.NewInvoke(p.function, &opts)
	}
	return p.function.Handler()
}

// door returns the door of a name, or nil.
func (p *platform) door(name string) *openDoor {
	for _, d := range p.doors {
		if d.name == name {
			return d
		}
	}
	return nil
}

// at is where a door's paths begin.
func (p *platform) at(d *openDoor) string {
	address := d.listener.Addr().String()
	switch d.name {
	case "rest", "http", "ws":
		if p.flags.stage != "" {
			return address + "/" + p.flags.stage
		}
	}
	return address
}

// announce prints what is open, for people, and the line that programs wait for.
func (p *platform) announce(w io.Writer) {
	fmt.Fprintf(w, "Patchbay %s\n\n", version())
	ready := []string{"ready"}
	for _, d := range p.doors {
		scheme := "http://"
		switch d.name {
		case "ws":
			scheme = "ws://"
		case "runtime":
			scheme = ""
		}
		fmt.Fprintf(w, "  %-36s %s\n", scheme+p.at(d), d.doc)
		ready = append(ready, d.name+"="+d.listener.Addr().String())
		if d.name == "ws" {
			fmt.Fprintf(w, "  %-36s its callback: /@connections/ID\n", p.callback)
			ready = append(ready, "callback="+p.callback)
		}
	}
	if p.flags.runtime != "" {
		fmt.Fprintf(w, "\nStart the function with AWS_LAMBDA_RUNTIME_API=%s\n", p.at(p.door("runtime")))
		if p.callback != "" {
			fmt.Fprintf(w, "and AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI=%s\n", p.callback)
		}
	} else {
		fmt.Fprintf(w, "\nFunction: %s\n", p.flags.bootstrap)
	}
	fmt.Fprintln(w, strings.Join(ready, " "))
}

// serve serves until the context ends.
func (p *platform) serve(ctx context.Context) error {
	failed := make(chan error, len(p.doors))
	for _, d := range p.doors {
		go func() { failed <- fmt.Errorf("%s: %w", d.name, d.server.Serve(d.listener)) }() // until close
	}
	if p.flags.runtime == "" {
		p.function.Warm()
	}
	select {
	case <-ctx.Done():
		return nil
	case err := <-failed:
		return err
	}
}

// close ends all: first what clients wait for, as far as it ends soon, then the function.
func (p *platform) close() {
	ctx, cancel := context.WithTimeout(context.Background(), localGrace)
	defer cancel()
	for _, d := range p.doors {
		_ = d.listener.Close() // nobody else comes in
	}
	for _, end := range p.closers {
		end(ctx)
	}
	for _, d := range p.doors {
		if d.server == nil || d.name == "runtime" {
			continue
		}
		if err := d.server.Shutdown(ctx); err != nil {
			_ = d.server.Close() // who takes too long is cut off
		}
	}
	if p.function != nil {
		p.function.Close()
	}
	if d := p.door("runtime"); d != nil && d.server != nil {
		_ = d.server.Close() // the function polls there until it is ended by whoever has started it
	}
}

// openListener opens the address of a flag, and says in the flag's words what is wrong with it.
func openListener(flag, address string) (net.Listener, error) {
	if strings.HasPrefix(address, ":") {
		address = "127.0.0.1" + address
	}
	if _, _, err := net.SplitHostPort(address); err != nil {
		return nil, wrongUse(fmt.Errorf("--%s %q: use HOST:PORT or :PORT", flag, address))
	}
	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", address)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("address %s is in use: end what runs there, or choose another with --%s", address, flag)
	}
	return listener, err
}
