package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
)

// settings are what the flags say.
type settings struct {
	starts int
	rounds int
	root   string
}

func main() {
	var s settings
	flag.IntVar(&s.starts, "starts", 50, "how often each function is started")
	flag.IntVar(&s.rounds, "rounds", 5, "how often each adapter is measured")
	flag.StringVar(&s.root, "root", ".", "the root of the checkout")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, s)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench/lambda:", err)
		os.Exit(1)
	}
}

// The goals: docs/lambda.md.
const (
	coldGoal = 5.0  // milliseconds above the bare handler
	warmGoal = 50.0 // microseconds
)

func run(ctx context.Context, s settings) error {
	dir, err := os.MkdirTemp("", "patchbay-bench-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	programs := map[string]string{"bare": "bench/lambda/internal/bare", "patchbay": "examples/chat/lambda", "ours": "bench/lambda/internal/warm", "peer": "bench/lambda/peer"}
	for name, folder := range programs {
		if programs[name], err = build(ctx, filepath.Join(s.root, folder), filepath.Join(dir, name)); err != nil {
			return err
		}
	}
	cold, err := measureCold(ctx, s.starts, programs["bare"], programs["patchbay"])
	if err != nil {
		return err
	}
	warm, err := measureWarm(ctx, s, programs["ours"], programs["peer"])
	if err != nil {
		return err
	}
	return errors.Join(cold.report(), warm.report())
}

// build builds a program as functions are built, for this machine, in its own module.
func build(ctx context.Context, folder, binary string) (string, error) {
	cmd := exec.CommandContext(ctx, "go", "build", "-tags", "lambda.norpc,nethttpomithttp2", "-trimpath", "-ldflags", "-s -w", "-o", binary, ".")
	cmd.Dir, cmd.Stderr = folder, os.Stderr
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("build %s: %w", folder, err)
	}
	return binary, nil
}
