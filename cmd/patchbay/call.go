package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/spf13/cobra"

	"github.com/patchbay-go/patchbay/cmd/patchbay/internal/client"
)

// callFlags are the settings of the call command.
type callFlags struct {
	peer    peerFlags
	json    bool
	timeout time.Duration
}

func newCall(t terminal) *cobra.Command {
	var f callFlags
	cmd := &cobra.Command{
		Use:   "call URL SERVICE.OPERATION [ARG...]",
		Short: "Call a target of a server and print its result",
		Long: "Call a target of a server and print its result. Each argument is JSON, or a text where it is no JSON.\n\n" +
			"What the server answers in place of a result goes to standard error with its code, and the exit status is 1; 3 when\n" +
			"there was no connection. The password of --user comes from " + passwordVariable + ", or is asked for.",
		Example: "  patchbay call http://127.0.0.1:8080/amf example.add 1 2\n" +
			"  patchbay call --protocol amf0 http://127.0.0.1:8080/amf example.echo '{\"a\": [1, null]}'\n" +
			"  patchbay call --user correct http://127.0.0.1:8080/rpc secure.secret",
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			args, err := laterFlags(cmd.Flags(), args)
			switch {
			case err != nil:
				return err
			case cmd.Flags().Changed("help"):
				return cmd.Help()
			case len(args) < 2:
				return wrongUse(errors.New("say what to call: URL SERVICE.OPERATION"))
			}
			return f.call(cmd.Context(), t, args[0], args[1], args[2:])
		},
	}
	flags := cmd.Flags()
	flags.SetInterspersed(false) // laterFlags reads those among the arguments, which may be negative numbers
	f.peer.add(cmd, client.CallProtocols(), "jsonrpc for .../rpc, websocket for ws://, else remoting")
	flags.BoolVar(&f.json, "json", false, "print the result as one line of JSON, texts too")
	flags.DurationVar(&f.timeout, "timeout", time.Minute, "how long to wait for the answer")
	return cmd
}

func (f *callFlags) call(ctx context.Context, t terminal, address, target string, args []string) error {
	c, err := f.peer.client(t, address, client.New)
	if err != nil {
		return err
	}
	if c.Protocol == client.Remoting && !strings.Contains(target, ".") {
		return wrongUse(fmt.Errorf("target %q: use SERVICE.OPERATION", target))
	}
	ctx, cancel := context.WithTimeout(ctx, f.timeout)
	defer cancel()
	result, err := c.Call(ctx, target, jsonArguments(args))
	if err != nil {
		return ending(err)
	}
	return f.print(t.out, result)
}

// print writes a result for people, or as one line for programs.
func (f *callFlags) print(w io.Writer, result jsontext.Value) error {
	if f.json {
		if err := result.Compact(); err != nil {
			return fmt.Errorf("print result: %w", err)
		}
		return writeLine(w, string(result))
	}
	text, err := plain(result, true)
	if err != nil {
		return fmt.Errorf("print result: %w", err)
	}
	return writeLine(w, text)
}
