package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/patchbay-go/patchbay/cmd/patchbay/internal/client"
)

// callFlags are the settings of the call command.
type callFlags struct {
	protocol string
	user     string
	json     bool
	timeout  time.Duration
}

// passwordVariable is where the password of --user comes from.
const passwordVariable = "PATCHBAY_PASSWORD"

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
	flags.StringVar(&f.protocol, "protocol", "", strings.Join(client.Protocols(), ", ")+" (default: by the URL's path, remoting for AMF)")
	flags.StringVar(&f.user, "user", "", "log in with this name")
	flags.BoolVar(&f.json, "json", false, "print the result as one line of JSON, texts too")
	flags.DurationVar(&f.timeout, "timeout", time.Minute, "how long to wait for the answer")
	return cmd
}

func (f *callFlags) call(ctx context.Context, t terminal, address, target string, args []string) error {
	c, err := f.client(t, address, target)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, f.timeout)
	defer cancel()
	result, err := c.Call(ctx, target, jsonArguments(args))
	if _, ok := errors.AsType[*client.ConnectionError](err); ok {
		return noConnection(err)
	}
	if err != nil {
		return err
	}
	return f.print(t.out, result)
}

// client makes the client that the flags describe.
func (f *callFlags) client(t terminal, address, target string) (*client.Client, error) {
	u, err := url.Parse(address)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		return nil, wrongUse(fmt.Errorf("URL %q: use http://HOST:PORT/PATH", address))
	}
	c, err := client.New(address, f.protocol)
	if err != nil {
		return nil, wrongUse(err)
	}
	if c.Protocol == client.Remoting && !strings.Contains(target, ".") {
		return nil, wrongUse(fmt.Errorf("target %q: use SERVICE.OPERATION", target))
	}
	if f.user != "" {
		c.User = f.user
		c.Password, err = password(t, f.user)
	}
	return c, err
}

// jsonArguments returns each argument as JSON text: as it is, or as a text.
func jsonArguments(args []string) []jsontext.Value {
	texts := make([]jsontext.Value, len(args))
	for i, arg := range args {
		texts[i] = jsontext.Value(arg)
		if !texts[i].IsValid() {
			texts[i], _ = jsontext.AppendQuote(nil, strings.ToValidUTF8(arg, "\ufffd")) // which has no errors
		}
	}
	return texts
}

// password returns the password of the variable, or asks for it without an echo.
func password(t terminal, user string) (string, error) {
	if text, ok := t.env(passwordVariable); ok {
		return text, nil
	}
	in, ok := t.in.(*os.File)
	if !ok || !term.IsTerminal(int(in.Fd())) {
		return "", wrongUse(fmt.Errorf("set %s: there is no terminal to ask for the password of %s", passwordVariable, user))
	}
	fmt.Fprintf(t.err, "Password of %s: ", user)
	text, err := term.ReadPassword(int(in.Fd()))
	fmt.Fprintln(t.err)
	if err != nil {
		return "", fmt.Errorf("read password: %w", err)
	}
	return string(text), nil
}

// print writes a result for people: a text as it is, but to a terminal without what would command that, anything else as JSON on several lines; or as one line for programs.
func (f *callFlags) print(w io.Writer, result jsontext.Value) error {
	switch {
	case f.json:
		if err := result.Compact(); err != nil {
			return fmt.Errorf("print result: %w", err)
		}
	case result.Kind() == '"':
		plain, err := jsontext.AppendUnquote(nil, result)
		if err != nil {
			return fmt.Errorf("print result: %w", err)
		}
		result = plain
	default:
		if err := result.Indent(jsontext.WithIndent("  ")); err != nil {
			return fmt.Errorf("print result: %w", err)
		}
	}
	text := string(result)
	if file, ok := w.(*os.File); ok && term.IsTerminal(int(file.Fd())) {
		text = printable(text)
	}
	_, err := fmt.Fprintf(w, "%s\n", text)
	return err
}
