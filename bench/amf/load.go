package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"
)

// connections is how many wrk keeps open, on one thread: the other core is the server's.
const connections = 8

// loadResult is one round of load.
type loadResult struct {
	rate  float64 // calls per second
	cpu   float64 // microseconds of the server's CPU time per call
	reply int     // bytes, headers included
}

// load has wrk post the subject's packet for a while, and divides the CPU time that the server took by the calls it answered.
func load(ctx context.Context, s settings, sub *subject, dir string, d time.Duration) (loadResult, error) {
	packet := filepath.Join(dir, "packet.amf")
	if err := os.WriteFile(packet, sub.call.packet, 0o600); err != nil {
		return loadResult{}, err
	}
	before, err := sub.server.CPU()
	if err != nil {
		return loadResult{}, err
	}
	seconds := max(1, int(d.Seconds()))
	wrk := exec.CommandContext(ctx, "wrk", "-t1", "-c"+strconv.Itoa(connections), "-d"+strconv.Itoa(seconds)+"s",
		"--timeout", "20s", // a busy machine may let a call wait
		"-s", filepath.Join(s.root, "bench/amf/load/post.lua"), sub.call.url)
	wrk.Env = append(os.Environ(), "PACKET="+packet, "COOKIES="+sub.call.cookies)
	out, err := wrk.Output()
	if err != nil {
		return loadResult{}, fmt.Errorf("%s: %w\n%s", wrk, err, out)
	}
	after, err := sub.server.CPU()
	if err != nil {
		return loadResult{}, err
	}
	counts, err := count(out)
	if err != nil {
		return loadResult{}, fmt.Errorf("%s: %w", sub.name, err)
	}
	return loadResult{
		rate:  float64(counts.Requests) / float64(seconds),
		cpu:   float64((after - before).Microseconds()) / float64(counts.Requests),
		reply: counts.Bytes / counts.Requests,
	}, nil
}

// A tally is the line of JSON that post.lua prints at the end.
type tally struct{ Requests, Bytes, Errors int }

// count reads wrk's output. Load that has met errors measures nothing.
func count(out []byte) (counts tally, err error) {
	at := bytes.LastIndexByte(out, '{')
	if at < 0 {
		return counts, fmt.Errorf("wrk printed no summary: %s", out)
	}
	if err := json.Unmarshal(out[at:], &counts); err != nil {
		return counts, err
	}
	if counts.Errors > 0 || counts.Requests == 0 {
		return counts, fmt.Errorf("%d requests, %d errors", counts.Requests, counts.Errors)
	}
	return counts, nil
}
