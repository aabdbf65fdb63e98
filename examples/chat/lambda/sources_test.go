package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/patchbay-go/patchbay/adapters/lambda"
)

func TestReadSources(t *testing.T) {
	tests := []struct {
		name, text string
		want       []lambda.Source
		wantErr    bool
	}{
		{"none", "", nil, false},
		{"one", "sqs:orders=messages", []lambda.Source{{From: "sqs:orders", Destination: "messages"}}, false},
		{"two", "sqs:orders=messages, sns:news=chat,", []lambda.Source{{From: "sqs:orders", Destination: "messages"}, {From: "sns:news", Destination: "chat"}}, false},
		{"without a destination", "sqs:orders", nil, true},
		{"with an empty destination", "sqs:orders=", nil, true},
		{"without a kind", "orders=messages", nil, true},
		{"without a name", "sqs:=messages", nil, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := readSources(test.text)
			if (err != nil) != test.wantErr {
				t.Fatalf("error %v, want one: %t", err, test.wantErr)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
