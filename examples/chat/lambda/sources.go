package main

import (
	"fmt"
	"strings"

	"github.com/patchbay-go/patchbay/adapters/lambda"
)

// readSources reads what PATCHBAY_SOURCES says: SOURCE=DESTINATION, separated by commas, with sources as lambda.Source.From has them.
func readSources(text string) ([]lambda.Source, error) {
	var sources []lambda.Source
	for pair := range strings.SplitSeq(text, ",") {
		if pair = strings.TrimSpace(pair); pair == "" {
			continue
		}
		from, destination, _ := strings.Cut(pair, "=")
		kind, name, _ := strings.Cut(from, ":")
		if kind == "" || name == "" || destination == "" {
			return nil, fmt.Errorf("PATCHBAY_SOURCES %q: write sqs:QUEUE=DESTINATION", pair)
		}
		sources = append(sources, lambda.Source{From: from, Destination: destination})
	}
	return sources, nil
}
