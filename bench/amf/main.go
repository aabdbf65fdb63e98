package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"time"
)

// settings are what the flags say.
type settings struct {
	json   bool
	part   string
	rounds int
	slice  time.Duration // of one measurement
	warm   time.Duration // of each measure, before the first measurement
	build  string        // where tests/install puts things
	root   string        // of the checkout
}

func main() {
	if len(os.Args) > 1 && os.Args[1] == roleFlag {
		exit(playRole(context.Background(), os.Args[2:]))
	}
	var s settings
	flag.BoolVar(&s.json, "json", false, "print JSON instead of tables")
	flag.StringVar(&s.part, "part", "all", "codec, http or all")
	flag.IntVar(&s.rounds, "rounds", 5, "how often every program is measured")
	flag.DurationVar(&s.slice, "slice", time.Second, "how long one measurement takes")
	flag.DurationVar(&s.warm, "warm", 10*time.Second, "how long a Java program warms up for each measure")
	flag.StringVar(&s.root, "root", ".", "the root of the checkout")
	flag.StringVar(&s.build, "build", os.Getenv("PATCHBAY_BUILD"), "the folder that tests/install builds in")
	flag.Parse()
	if s.build == "" {
		s.build = filepath.Join(s.root, ".build")
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	exit(run(ctx, s, os.Stdout))
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench/amf:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// report is what --json prints.
type report struct {
	Codec []codecResult `json:"codec,omitempty"`
	HTTP  []httpResult  `json:"http,omitempty"`
}

func run(ctx context.Context, s settings, out io.Writer) error {
	var r report
	var err error
	if s.part != "http" {
		if r.Codec, err = measureCodecs(ctx, s); err != nil {
			return fmt.Errorf("codec: %w", err)
		}
	}
	if s.part != "codec" {
		if r.HTTP, err = measureHTTP(ctx, s); err != nil {
			return fmt.Errorf("http: %w", err)
		}
	}
	if s.json {
		encoder := json.NewEncoder(out)
		encoder.SetIndent("", "  ")
		return encoder.Encode(r)
	}
	printCodecs(out, r.Codec)
	printHTTP(out, r.HTTP)
	return nil
}
