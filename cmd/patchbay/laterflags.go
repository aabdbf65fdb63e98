package main

import (
	"strings"

	"github.com/spf13/pflag"
)

// laterFlags sets the flags that stand among arguments and returns the others. Only "--name" is a flag there: "-4" is a number. What
// stands behind "--" is no flag either.
func laterFlags(flags *pflag.FlagSet, args []string) ([]string, error) {
	var others []string
	for len(args) > 0 {
		switch arg := args[0]; {
		case arg == "--":
			return append(others, args[1:]...), nil
		case strings.HasPrefix(arg, "--"):
			n := min(flagLength(flags, arg), len(args))
			if err := flags.Parse(args[:n]); err != nil {
				return nil, wrongUse(err)
			}
			args = args[n:]
		default:
			others = append(others, arg)
			args = args[1:]
		}
	}
	return others, nil
}

// flagLength returns how many arguments a flag takes: its value may be one of its own.
func flagLength(flags *pflag.FlagSet, arg string) int {
	f := flags.Lookup(strings.TrimPrefix(arg, "--"))
	if f == nil || f.NoOptDefVal != "" { // "--name=value", unknown, or a switch
		return 1
	}
	return 2
}
