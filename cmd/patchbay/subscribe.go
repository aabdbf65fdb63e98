package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/spf13/cobra"

	"github.com/patchbay-go/patchbay/cmd/patchbay/internal/client"
)

// subscribeFlags are the settings of the subscribe command.
type subscribeFlags struct {
	peer     peerFlags
	subtopic string
	selector string
	after    string
	json     bool
	count    int
	timeout  time.Duration
}

func newSubscribe(t terminal) *cobra.Command {
	var f subscribeFlags
	cmd := &cobra.Command{
		Use:   "subscribe URL TOPIC",
		Short: "Subscribe to a topic and print its messages",
		Long: "Subscribe to a topic and print each message on a line: when it was published, the topic, the body. It ends with Ctrl-C, or\n" +
			"after --count messages. A connection that is lost is made again, and what came in between is got then.\n\n" +
			"With --json each line is an object: id, destination, subtopic, body, headers, timestamp in milliseconds and, by sse and\n" +
			"websocket, the cursor that --after goes on behind. What is told of the connection goes to standard error.\n\n" +
			"The exit status is 1 when the server refuses, and says why, or when --timeout is over before --count messages have come; 3\n" +
			"when there was no connection. The password of --user comes from " + passwordVariable + ", or is asked for.",
		Example: "  patchbay subscribe http://127.0.0.1:8080/events clock\n" +
			"  patchbay subscribe http://127.0.0.1:8080/rpc messages --subtopic 'news.*' --selector 'goals > 2'\n" +
			"  patchbay subscribe --protocol amf-stream http://127.0.0.1:8080/amf chat --json --count 1",
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) != 2 {
				return wrongUse(errors.New("say what to subscribe to: URL TOPIC"))
			}
			return f.subscribe(cmd.Context(), t, args[0], args[1])
		},
	}
	flags := cmd.Flags()
	f.peer.add(cmd, client.SubscribeProtocols(), "websocket for .../rpc and ws://, sse for .../events, else amf")
	flags.StringVar(&f.subtopic, "subtopic", "", "messages of this subtopic; news.* is all below news, * is all (default: those without a subtopic)")
	flags.StringVar(&f.selector, "selector", "", "messages whose headers fulfil this condition, such as \"goals > 2 AND team = 'home'\"")
	flags.StringVar(&f.after, "after", "", "begin behind the message with this cursor (not by AMF; default: now)")
	flags.BoolVar(&f.json, "json", false, "print each message as one line of JSON")
	flags.IntVarP(&f.count, "count", "n", 0, "end after this many messages (default: go on)")
	flags.DurationVar(&f.timeout, "timeout", 0, "end after this time (default: go on)")
	return cmd
}

func (f *subscribeFlags) subscribe(ctx context.Context, t terminal, address, topic string) error {
	c, err := f.peer.client(t, address, client.NewSubscriber)
	if err != nil {
		return err
	}
	switch {
	case topic == "":
		return wrongUse(errors.New("the topic is empty"))
	case f.after != "" && (c.Protocol == client.AMF || c.Protocol == client.AMFStream):
		return wrongUse(errors.New("--after: AMF has no cursors; use the server's events or JSON-RPC"))
	case f.count < 0 || f.timeout < 0:
		return wrongUse(errors.New("--count and --timeout must not be negative"))
	}
	if f.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, f.timeout)
		defer cancel()
	}
	notify := func(text string) { fmt.Fprintln(t.err, printable(text)) }
	s := &client.Subscription{Destination: topic, Subtopic: f.subtopic, Selector: f.selector, After: f.after, Notify: notify}
	return f.follow(ctx, t.out, c, s)
}

// follow prints what comes.
func (f *subscribeFlags) follow(ctx context.Context, out io.Writer, c *client.Client, s *client.Subscription) error {
	printed := 0
	for m, err := range c.Messages(ctx, s) {
		if err != nil {
			return ending(err)
		}
		if err := f.print(out, m); err != nil {
			return err
		}
		if printed++; printed == f.count {
			return nil
		}
	}
	if printed < f.count && errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return fmt.Errorf("%d of %d messages came in %s", printed, f.count, f.timeout)
	}
	return nil
}

// print writes a message for people, or as one line for programs.
func (f *subscribeFlags) print(w io.Writer, m *client.Message) error {
	if f.json {
		text, err := json.Marshal(m)
		if err != nil {
			return fmt.Errorf("print message: %w", err)
		}
		return writeLine(w, string(text))
	}
	body, err := plain(m.Body, false)
	if err != nil {
		return fmt.Errorf("print message: %w", err)
	}
	line := fmt.Sprintf("%s %s: %s", time.UnixMilli(m.Timestamp).Format(time.TimeOnly), topicOf(m), body)
	if headers := string(m.Headers); headers != "" && headers != "{}" {
		line += "  headers " + headers
	}
	return writeLine(w, line)
}

func topicOf(m *client.Message) string {
	if m.Subtopic == nil {
		return m.Destination
	}
	return m.Destination + " " + *m.Subtopic
}
