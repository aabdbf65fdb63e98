package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/spf13/cobra"

	"github.com/patchbay-go/patchbay/cmd/patchbay/internal/client"
)

// publishFlags are the settings of the publish command.
type publishFlags struct {
	peer     peerFlags
	subtopic string
	headers  []string
	ttl      time.Duration
	id       string
	json     bool
	timeout  time.Duration
}

func newPublish(t terminal) *cobra.Command {
	var f publishFlags
	cmd := &cobra.Command{
		Use:   "publish URL TOPIC BODY",
		Short: "Publish a message and print its id",
		Long: "Publish a message to a topic and print its id. The body is JSON, or a text where it is no JSON; so are headers.\n\n" +
			"The exit status is 1 when the server refuses, and says why; 3 when there was no connection. Then it is in doubt whether\n" +
			"the message was published: with --id it is safe to try again. The password of --user comes from " + passwordVariable + ",\n" +
			"or is asked for.",
		Example: "  patchbay publish http://127.0.0.1:8080/rpc chat '{\"from\": \"Ann\", \"text\": \"Hello!\"}'\n" +
			"  patchbay publish http://127.0.0.1:8080/amf messages --subtopic news.sport --header goals=3 'It is over'\n" +
			"  patchbay publish http://127.0.0.1:8080/rpc messages --id order-17 '{\"order\": 17}'",
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			args, err := laterFlags(cmd.Flags(), args)
			switch {
			case err != nil:
				return err
			case cmd.Flags().Changed("help"):
				return cmd.Help()
			case len(args) != 3:
				return wrongUse(errors.New("say what to publish: URL TOPIC BODY"))
			}
			return f.publish(cmd.Context(), t, args[0], args[1], args[2])
		},
	}
	flags := cmd.Flags()
	flags.SetInterspersed(false) // laterFlags reads those among the arguments, which may be negative numbers
	f.peer.add(cmd, client.PublishProtocols(), "jsonrpc for .../rpc, websocket for ws://, else amf")
	flags.StringVar(&f.subtopic, "subtopic", "", "publish to this subtopic, such as news.sport")
	flags.StringArrayVar(&f.headers, "header", nil, "NAME=VALUE: a header of the message, which selectors look at; may come several times")
	flags.DurationVar(&f.ttl, "ttl", 0, "how long the message lives, such as 30s (default: as the topic says)")
	flags.StringVar(&f.id, "id", "", "the message's id; published again within ten minutes it is the same message (not by amf)")
	flags.BoolVar(&f.json, "json", false, "print the id as JSON: {\"id\": ...}")
	flags.DurationVar(&f.timeout, "timeout", time.Minute, "how long to wait for the answer")
	return cmd
}

func (f *publishFlags) publish(ctx context.Context, t terminal, address, topic, body string) error {
	c, err := f.peer.client(t, address, client.NewPublisher)
	if err != nil {
		return err
	}
	headers, err := messageHeaders(f.headers)
	if err != nil {
		return err
	}
	switch {
	case topic == "":
		return wrongUse(errors.New("the topic is empty"))
	case f.id != "" && c.Protocol == client.AMF:
		return wrongUse(errors.New("--id: messages by AMF that are published twice stay two; use the server's JSON-RPC"))
	case f.ttl < 0:
		return wrongUse(fmt.Errorf("--ttl %s: use a time above 0", f.ttl))
	}
	ctx, cancel := context.WithTimeout(ctx, f.timeout)
	defer cancel()
	id, err := c.Publish(ctx, &client.Publication{
		Destination: topic, Subtopic: f.subtopic, Body: jsonArgument(body), Headers: headers, TTL: f.ttl, ID: f.id,
	})
	if err != nil {
		return ending(err)
	}
	if f.json {
		quoted, err := jsontext.AppendQuote(nil, id)
		if err != nil {
			return fmt.Errorf("print id: %w", err)
		}
		return writeLine(t.out, fmt.Sprintf(`{"id":%s}`, quoted))
	}
	return writeLine(t.out, id)
}

// messageHeaders reads NAME=VALUE; the last of a name holds.
func messageHeaders(texts []string) ([]client.Header, error) {
	headers := make([]client.Header, len(texts))
	for i, text := range texts {
		name, v, ok := strings.Cut(text, "=")
		if !ok || name == "" {
			return nil, wrongUse(fmt.Errorf("--header %q: use NAME=VALUE", text))
		}
		headers[i] = client.Header{Name: name, Value: jsonArgument(v)}
	}
	return headers, nil
}
