package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"

	"github.com/patchbay-go/patchbay/tests/process"
)

// httpResult is one server's part in the HTTP part.
type httpResult struct {
	Server string  `json:"server"`
	Body   int     `json:"reply_body_bytes"`
	Reply  int     `json:"reply_bytes"`      // headers included
	Rate   float64 `json:"calls_per_second"` // median; load and server share the machine
	CPU    float64 `json:"cpu_us_per_call"`  // the server's, median

	// The bare handler is 1.
	RateRatio float64 `json:"speed_of_bare_by_rate"`
	CPURatio  float64 `json:"speed_of_bare_by_cpu"`
}

// bareServer is the name of what all are compared with: a handler of net/http that reads the request and sends the body of our reply.
const bareServer = "bare net/http"

// subject is a server under load: one packet is posted to it again and again.
type subject struct {
	name   string
	server *process.Process
	call   call
	warm   time.Duration
	rounds []loadResult
}

// measureHTTP starts the servers, checks that each really echoes, and loads them in turn, round after round.
func measureHTTP(ctx context.Context, s settings) (_ []httpResult, err error) {
	dir, err := os.MkdirTemp("", "bench-amf-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()

	subjects, err := startSubjects(ctx, s, dir)
	defer func() {
		for _, sub := range subjects {
			_ = sub.server.Stop() // a server that a signal ended has done its work
		}
	}()
	if err != nil {
		return nil, err
	}
	for _, sub := range subjects {
		if _, err := load(ctx, s, sub, dir, sub.warm); err != nil {
			return nil, err
		}
	}
	for range s.rounds {
		for _, sub := range subjects {
			r, err := load(ctx, s, sub, dir, 3*s.slice)
			if err != nil {
				return nil, err
			}
			sub.rounds = append(sub.rounds, r)
		}
	}
	return summarizeHTTP(subjects), nil
}

// startSubjects starts our server, a bare handler that answers with our server's bytes, and BlazeDS.
func startSubjects(ctx context.Context, s settings, dir string) ([]*subject, error) {
	var subjects []*subject
	start := func(name, path string, warm time.Duration, cmd *exec.Cmd) (*subject, error) {
		server, err := process.Start(ctx, cmd)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		sub := &subject{name: name, server: server, warm: warm}
		subjects = append(subjects, sub)
		sub.call, err = newCall(ctx, "http://"+server.Ready["http"]+path)
		if err != nil {
			return nil, fmt.Errorf("%s: %w\n%s", name, err, server.Log())
		}
		return sub, nil
	}

	patchbay := filepath.Join(dir, "patchbay")
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-o", patchbay, "./cmd/patchbay")
	build.Dir = s.root
	if out, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%s: %w\n%s", build, err, out)
	}
	// The others write no log line per request either.
	us, err := start("ours", "/amf", s.slice, exec.CommandContext(ctx, patchbay, "serve", "--http", "127.0.0.1:0", "--log-level", "warn"))
	if err != nil {
		return subjects, err
	}

	self, err := os.Executable()
	if err != nil {
		return subjects, err
	}
	if err := keepReply(&us.call, dir); err != nil {
		return subjects, err
	}
	for _, bare := range []struct{ name, headers string }{{bareServer, headersFew}, {"bare, our headers", headersAll}} {
		sub, err := start(bare.name, "/amf", s.slice, exec.CommandContext(ctx, self, roleFlag, roleBare, dir, bare.headers))
		if err != nil {
			return subjects, err
		}
		sub.call.packet = us.call.packet // the very same request; a bare handler has no session to name
	}
	_, err = start("BlazeDS on Tomcat", "/amf", s.warm, exec.CommandContext(ctx, "java", "-Xmx512m", "-XX:+UseSerialGC", "-cp", classPath(s),
		"patchbay.Server", filepath.Join(s.root, "tests/peers/blazeds/webapp")))
	return subjects, err
}

func summarizeHTTP(subjects []*subject) []httpResult {
	var results []httpResult
	var bare httpResult
	for _, sub := range subjects {
		var rates, cpus []float64
		for _, r := range sub.rounds {
			rates = append(rates, r.rate)
			cpus = append(cpus, r.cpu)
		}
		slices.Sort(rates)
		slices.Sort(cpus)
		result := httpResult{
			Server: sub.name, Body: len(sub.call.reply), Reply: sub.rounds[0].reply,
			Rate: rates[len(rates)/2], CPU: cpus[len(cpus)/2],
		}
		if sub.name == bareServer {
			bare = result
		}
		results = append(results, result)
	}
	for i := range results {
		results[i].RateRatio = results[i].Rate / bare.Rate
		results[i].CPURatio = bare.CPU / results[i].CPU
	}
	return results
}
