package main

import (
	"context"
	"fmt"
	"time"

	"github.com/patchbay-go/patchbay/core"
)

// A fanFigure is what one message costs until all subscribers who poll have got and confirmed it.
type fanFigure struct {
	Store       string  `json:"store"`
	Subscribers int     `json:"subscribers"`
	Polling     int     `json:"polling"`
	Asked       units   `json:"asked"` // verbs of the store, each as one read or one write
	Units       units   `json:"units"`
	Seconds     float64 `json:"seconds"`
}

// measureFan publishes once, lets so many of the subscribers poll, some at a time, and poll again to confirm. Nobody has anything else to get.
func (c *crowd) measureFan(ctx context.Context, polling, atOnce int) (fanFigure, error) {
	taken, err := measure(ctx, func(ctx context.Context) error {
		if err := publish(ctx, c.set, news); err != nil {
			return fmt.Errorf("publish to all: %w", err)
		}
		for _, want := range []int{1, 0} {
			err := inParallel(ctx, polling, atOnce, func(ctx context.Context, i int) error { return c.poll(ctx, c.ids[i], want) })
			if err != nil {
				return fmt.Errorf("deliver to all: %w", err)
			}
		}
		return nil
	})
	return fanFigure{
		Subscribers: len(c.ids), Polling: polling,
		Asked: units(taken.verbs.units()), Units: units(taken.units), Seconds: taken.took.Seconds(),
	}, err
}

// A crushFigure is what publishing costs when many publish at once.
type crushFigure struct {
	Store      string  `json:"store"`
	Publishers int     `json:"publishers"`
	Processes  int     `json:"processes"` // that the publishers are spread over
	Messages   int     `json:"messages"`
	Asked      units   `json:"askedPerMessage"`
	Units      units   `json:"perMessage"`
	Rate       float64 `json:"messagesPerSecond"`
}

const (
	crushPublishers = 20
	crushMessages   = 20 // of each publisher
)

// measureCrush lets publishers in so many processes, which know nothing of each other, publish to one log as fast as they can.
func measureCrush(ctx context.Context, store core.Store, processes int) (crushFigure, error) {
	f := crushFigure{Publishers: crushPublishers, Processes: processes, Messages: crushPublishers * crushMessages}
	sets := make([]*core.ChannelSet, processes)
	for i := range sets {
		sets[i] = newSet(store)
		defer sets[i].Drain()
		if err := publish(ctx, sets[i], busy); err != nil { // now it knows the destination
			return f, fmt.Errorf("publish: %w", err)
		}
	}
	taken, err := measure(ctx, func(ctx context.Context) error {
		return inParallel(ctx, crushPublishers, crushPublishers, func(ctx context.Context, i int) error {
			for range crushMessages {
				if err := publish(ctx, sets[i%processes], busy); err != nil {
					return fmt.Errorf("publish among others: %w", err)
				}
			}
			return nil
		})
	})
	each := 1 / float64(f.Messages)
	f.Asked, f.Units = units(taken.verbs.units()).times(each), units(taken.units).times(each)
	f.Rate = float64(f.Messages) / max(taken.took, time.Nanosecond).Seconds()
	return f, err
}
