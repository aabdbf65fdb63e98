package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/patchbay-go/patchbay/cmd/patchbay/internal/inspect"
)

// run runs one command line and returns the exit status.
func run(ctx context.Context, args []string, t terminal) int {
	root := newRoot(t)
	root.SetArgs(args)
	root.SetIn(t.in)
	root.SetOut(t.out)
	root.SetErr(t.err)
	began := false // false until flags and arguments have been found good
	for _, cmd := range root.Commands() {
		tellBegin(cmd, &began)
	}
	cmd, err := root.ExecuteContextC(ctx)
	if err == nil {
		return statusOK
	}
	if !began {
		err = wrongUse(err)
	}
	fmt.Fprintf(t.err, "patchbay: %s\n", printable(err.Error()))
	status := statusOf(err)
	if status == statusWrongUse {
		fmt.Fprintf(t.err, "Run \"%s --help\" for how to use it.\n", cmd.CommandPath())
	}
	return status
}

func newRoot(t terminal) *cobra.Command {
	root := &cobra.Command{
		Use:   "patchbay",
		Short: "One Go func, called from Flash, Flex and JSON; one publish for all of them",
		Long: "Patchbay serves Go funcs to AMF and JSON-RPC clients from one place, and carries messages between them.\n\n" +
			"This binary serves a set of examples that clients can be tested with, calls any such server, publishes and subscribes\n" +
			"to its topics, and reads and writes AMF.",
		Example: "  patchbay serve\n" +
			"  patchbay call http://127.0.0.1:8080/amf example.add 1 2\n" +
			"  patchbay subscribe http://127.0.0.1:8080/events chat\n" +
			"  patchbay publish http://127.0.0.1:8080/rpc chat '{\"from\": \"Ann\", \"text\": \"Hello!\"}'",
		Version:       version(),
		Args:          cobra.NoArgs,
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.AddCommand(newServe(t), newCall(t), newPublish(t), newSubscribe(t), newLocal(t), inspect.NewDecode(), inspect.NewEncode(), newVersion())
	return root
}

// tellBegin has a command say that it runs. Cobra's own hooks come before its last checks of the flags.
func tellBegin(cmd *cobra.Command, began *bool) {
	if runE := cmd.RunE; runE != nil {
		cmd.RunE = func(cmd *cobra.Command, args []string) error {
			*began = true
			return runE(cmd, args)
		}
	}
}
