package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// This program also plays the processes that it measures, so that each has CPU time and memory of its own: with roleFlag as
// first argument and the role as second.
const (
	roleFlag  = "--role"
	roleCodec = "codec" // followed by the files of the payload: Go's worker of the codec part
	roleBare  = "bare"  // followed by a folder and headersFew or headersAll: a server that answers every POST with the reply in it
)

func playRole(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return errors.New("no role named")
	}
	switch args[0] {
	case roleCodec:
		return serveCodec(args[1:], os.Stdin, os.Stdout)
	case roleBare:
		return serveBare(ctx, args[1:], os.Stdout)
	default:
		return fmt.Errorf("no role %q", args[0])
	}
}

// parseRequest takes a worker's request apart: the measure, a tab, milliseconds.
func parseRequest(request string) (measure string, d time.Duration, err error) {
	measure, number, ok := strings.Cut(request, "\t")
	if !ok {
		return "", 0, fmt.Errorf("request %q has no tab", request)
	}
	milliseconds, err := strconv.Atoi(number)
	if err != nil {
		return "", 0, fmt.Errorf("request %q: %w", request, err)
	}
	return measure, time.Duration(milliseconds) * time.Millisecond, nil
}
