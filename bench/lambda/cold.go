package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"
)

// coldTimes are the processor times of starts, in milliseconds.
type coldTimes struct{ bare, ours []float64 }

// measureCold starts both programs, in turns.
func measureCold(ctx context.Context, starts int, bare, ours string) (*coldTimes, error) {
	var times coldTimes
	for range starts {
		for _, of := range []struct {
			binary string
			times  *[]float64
		}{{bare, &times.bare}, {ours, &times.ours}} {
			took, err := start(ctx, of.binary)
			if err != nil {
				return nil, err
			}
			*of.times = append(*of.times, float64(took.Microseconds())/1000)
		}
	}
	return &times, nil
}

// patience is how long a function may take to ask for its first event.
const patience = 10 * time.Second

// start starts a function and returns the processor time that it took until it asked for an event.
func start(ctx context.Context, binary string) (time.Duration, error) {
	api, err := newRuntimeAPI(ctx)
	if err != nil {
		return 0, err
	}
	defer api.Close()
	cmd := exec.CommandContext(ctx, binary)
	cmd.Stdout, cmd.Stderr = io.Discard, os.Stderr
	cmd.Env = []string{
		"AWS_LAMBDA_RUNTIME_API=" + api.address, "AWS_REGION=eu-west-1", "AWS_ACCESS_KEY_ID=x", "AWS_SECRET_ACCESS_KEY=x",
		"PATCHBAY_STORE=dynamodb://table", "AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI=https://api.example/prod",
	}
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	select {
	case <-api.ready:
	case <-time.After(patience):
		err = fmt.Errorf("%s has not asked for an event in %v", binary, patience)
	}
	_ = cmd.Process.Kill() // what it does next is not measured
	_ = cmd.Wait()         // it was killed
	return cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), err
}

// A runtimeAPI is as much of Lambda's as a function needs to get ready.
type runtimeAPI struct {
	*http.Server
	address string
	ready   chan struct{} // told when the function asks for an event
}

func newRuntimeAPI(ctx context.Context) (*runtimeAPI, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	api := &runtimeAPI{address: l.Addr().String(), ready: make(chan struct{}, 1)}
	api.Server = &http.Server{Handler: api, ReadHeaderTimeout: patience}
	go func() { _ = api.Serve(l) }() // until it is closed
	return api, nil
}

// ServeHTTP implements http.Handler.
func (api *runtimeAPI) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasSuffix(r.URL.Path, "/extension/register") {
		w.Header().Set("Lambda-Extension-Identifier", "id")
		return
	}
	if strings.HasSuffix(r.URL.Path, "/invocation/next") {
		api.ready <- struct{}{}
	}
	<-r.Context().Done() // nothing ever happens
}

func (c *coldTimes) report() error {
	bare, ours := median(c.bare), median(c.ours)
	fmt.Printf("cold: processor time from start to first question, median of %d starts\n", len(c.bare))
	fmt.Printf("  bare handler and SDK client   %6.1f ms\n  the example                   %6.1f ms\n  above the bare one            %6.1f ms, goal %.0f\n",
		bare, ours, ours-bare, coldGoal)
	if ours-bare > coldGoal {
		return errors.New("the example's start takes more than its goal")
	}
	return nil
}

func median(list []float64) float64 {
	sorted := slices.Sorted(slices.Values(list))
	return sorted[len(sorted)/2]
}
