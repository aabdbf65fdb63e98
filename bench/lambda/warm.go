package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// A cost is what a call costs, by the kind of its event.
type cost struct{ microseconds, allocations []float64 }

// warmTimes are the costs of both adapters.
type warmTimes struct {
	kinds      []string // in the order in which they came
	ours, peer map[string]*cost
}

// measureWarm lets both programs measure themselves, in turns.
func measureWarm(ctx context.Context, s settings, ours, peer string) (*warmTimes, error) {
	w := &warmTimes{ours: map[string]*cost{}, peer: map[string]*cost{}}
	events := filepath.Join(s.root, "adapters", "lambda", "testdata")
	for range s.rounds {
		for _, of := range []struct {
			binary string
			costs  map[string]*cost
		}{{ours, w.ours}, {peer, w.peer}} {
			cmd := exec.CommandContext(ctx, of.binary, events)
			cmd.Stderr = os.Stderr
			out, err := cmd.Output()
			if err != nil {
				return nil, fmt.Errorf("%s: %w", of.binary, err)
			}
			if err := w.read(out, of.costs); err != nil {
				return nil, err
			}
		}
	}
	return w, nil
}

// read reads what a program says: lines of an event's kind, nanoseconds and allocations for a call.
func (w *warmTimes) read(out []byte, costs map[string]*cost) error {
	lines := bufio.NewScanner(bytes.NewReader(out))
	for lines.Scan() {
		var kind string
		var nanoseconds, allocations float64
		if _, err := fmt.Sscan(lines.Text(), &kind, &nanoseconds, &allocations); err != nil {
			return fmt.Errorf("read %q: %w", lines.Text(), err)
		}
		if w.ours[kind] == nil {
			w.kinds = append(w.kinds, kind)
			w.ours[kind] = &cost{}
		}
		if costs[kind] == nil {
			costs[kind] = &cost{}
		}
		c := costs[kind]
		c.microseconds, c.allocations = append(c.microseconds, nanoseconds/1000), append(c.allocations, allocations)
	}
	return nil
}

func (w *warmTimes) report() error {
	fmt.Printf("warm: a call beside its handler, median of %d rounds\n%-18s %27s %32s\n", len(w.ours[w.kinds[0]].microseconds), "", "adapters/lambda", "aws-lambda-go-api-proxy")
	var late []error
	for _, kind := range w.kinds {
		ours, peer := w.ours[kind], w.peer[kind]
		fmt.Printf("  %-16s %10.1f us %5.0f allocations", kind, median(ours.microseconds), median(ours.allocations))
		if peer != nil {
			fmt.Printf(" %10.1f us %5.0f allocations", median(peer.microseconds), median(peer.allocations))
		}
		fmt.Println()
		if median(ours.microseconds) > warmGoal {
			late = append(late, fmt.Errorf("%s: a call takes more than %.0f us", kind, warmGoal))
		}
	}
	return errors.Join(late...)
}
