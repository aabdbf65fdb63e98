package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// release is the version of a released binary: the linker sets it (-ldflags "-X main.release=v1.2.3").
var release string

func newVersion() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print version, commit and Go version",
		Args:  cobra.NoArgs,
		Run:   func(cmd *cobra.Command, _ []string) { fmt.Fprintln(cmd.OutOrStdout(), "patchbay version "+version()) },
	}
}

// version says which program this is, as far as the build has noted it.
func version() string {
	name, commit := release, "unknown"
	if info, ok := debug.ReadBuildInfo(); ok {
		if name == "" {
			name = info.Main.Version
		}
		commit = commitOf(info.Settings)
	}
	if name == "" {
		name = "(devel)"
	}
	return fmt.Sprintf("%s, commit %s, %s", name, commit, runtime.Version())
}

// commitOf returns the commit that was built, and whether files had been changed since.
func commitOf(settings []debug.BuildSetting) string {
	commit, modified := "unknown", ""
	for _, s := range settings {
		switch s.Key {
		case "vcs.revision":
			commit = s.Value
		case "vcs.modified":
			if s.Value == "true" {
				modified = " with changes"
			}
		}
	}
	return commit + modified
}
