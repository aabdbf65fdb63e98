package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// settings are what the flags say.
type settings struct {
	kinds       []*kind
	subscribers []int
	samples     int
	crush       bool
	patient     bool
	json        bool
	from        string // a file that --json wrote; empty: measure
	svg         string // file; empty: none
	writeDocs   bool
	root        string // of the checkout
	quiet       bool
}

func main() {
	var s settings
	stores := flag.String("stores", usualKinds, "which to measure, or all: "+strings.Join(kindNames(), ", "))
	subscribers := flag.String("subscribers", "1,10,100,1000,10000", "how many subscribe, one after the other")
	flag.IntVar(&s.samples, "samples", 100, "how often each operation is measured, at least")
	flag.BoolVar(&s.crush, "crush", true, "measure many publishers at once too")
	flag.BoolVar(&s.patient, "patient", false, "let all subscribers poll where an emulator takes very long for that too")
	flag.BoolVar(&s.json, "json", false, "print what was measured as JSON in place of tables")
	flag.StringVar(&s.from, "from", "", "a `file` that --json wrote: nothing is measured anew")
	flag.StringVar(&s.svg, "svg", "", "a `file` to plot costs over subscribers in")
	flag.BoolVar(&s.writeDocs, "write-docs", false, "put tables and plot into docs/costs.md")
	flag.StringVar(&s.root, "root", ".", "the root of the checkout")
	flag.BoolVar(&s.quiet, "quiet", false, "say nothing of the progress")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	exit(func() (err error) {
		if s.kinds, err = chosen(*stores); err != nil {
			return err
		}
		if s.subscribers, err = counts(*subscribers); err != nil {
			return err
		}
		return run(ctx, &s, os.Stdout)
	}())
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench/stores:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// counts reads numbers of subscribers, in rising order.
func counts(list string) ([]int, error) {
	var all []int
	for text := range strings.SplitSeq(list, ",") {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			return nil, fmt.Errorf("--subscribers: %q is no number of subscribers", text)
		}
		all = append(all, n)
	}
	slices.Sort(all)
	return slices.Compact(all), nil
}

func run(ctx context.Context, s *settings, out io.Writer) error {
	r, failed := s.measure(ctx)
	if failed != nil {
		s.writeDocs = false // they are to have all of it
	}
	written := s.write(r, out)
	var missed []string
	for _, k := range kinds {
		missed = append(missed, misses(k, r)...)
	}
	if len(missed) > 0 {
		return errors.Join(failed, written, fmt.Errorf("what is promised is missed:\n  %s", strings.Join(missed, "\n  ")))
	}
	return errors.Join(failed, written)
}

// measure measures every kind, or takes what was measured before. What one kind fails with does not keep it from the others.
func (s *settings) measure(ctx context.Context) (*report, error) {
	r := &report{}
	if s.from != "" {
		text, err := os.ReadFile(s.from)
		if err != nil {
			return r, err
		}
		return r, json.Unmarshal(text, r)
	}
	var failed error
	for _, k := range s.kinds {
		if ctx.Err() != nil {
			break
		}
		if err := measureKind(ctx, k, s, r); err != nil {
			failed = errors.Join(failed, fmt.Errorf("%s: %w", k.name, err))
		}
	}
	return r, errors.Join(failed, ctx.Err())
}

// progress tells who waits how far it has come.
func (s *settings) progress(format string, args ...any) {
	if !s.quiet {
		fmt.Fprintf(os.Stderr, format+"\n", args...)
	}
}

// write prints a report, and keeps the plot and the document where that is asked for.
func (s *settings) write(r *report, out io.Writer) error {
	if s.svg != "" {
		if err := os.WriteFile(s.svg, plotOf(r).svg(), 0o644); err != nil {
			return err
		}
	}
	if s.writeDocs {
		if err := writeDocs(filepath.Join(s.root, "docs"), r); err != nil {
			return err
		}
	}
	if s.json {
		encoder := json.NewEncoder(out)
		encoder.SetIndent("", "  ")
		return encoder.Encode(r)
	}
	for _, t := range tablesOf(r) {
		t.print(out)
	}
	return nil
}
