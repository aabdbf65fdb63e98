package main

import (
	"fmt"
	"strings"

	"github.com/spf13/pflag"
)

// variable is the environment variable that sets a flag where the command line does not: PATCHBAY_HTTP for --http.
func variable(flag string) string {
	return "PATCHBAY_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// fromEnvironment sets the flags that the command line has left alone. An empty variable sets an empty value.
func fromEnvironment(flags *pflag.FlagSet, env func(string) (string, bool)) error {
	var failed error
	flags.VisitAll(func(f *pflag.Flag) {
		text, ok := env(variable(f.Name))
		if !ok || f.Changed || failed != nil || f.Name == "help" {
			return
		}
		if err := flags.Set(f.Name, text); err != nil {
			failed = wrongUse(fmt.Errorf("%s: %w", variable(f.Name), err))
		}
	})
	return failed
}

// nameVariables tells in each flag's help text which variable sets it too.
func nameVariables(flags *pflag.FlagSet) {
	flags.VisitAll(func(f *pflag.Flag) { f.Usage += " [" + variable(f.Name) + "]" })
}
