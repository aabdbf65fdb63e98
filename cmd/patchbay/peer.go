package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/patchbay-go/patchbay/cmd/patchbay/internal/client"
)

// peerFlags are the settings of all commands that talk to a server.
type peerFlags struct {
	protocol string
	user     string
}

// passwordVariable is where the password of --user comes from.
const passwordVariable = "PATCHBAY_PASSWORD"

// add adds the flags to a command, and says what a shell may complete.
func (f *peerFlags) add(cmd *cobra.Command, protocols []string, defaults string) {
	flags := cmd.Flags()
	flags.StringVar(&f.protocol, "protocol", "", strings.Join(protocols, ", ")+" (default by the URL: "+defaults+")")
	flags.StringVar(&f.user, "user", "", "log in with this name")
	cmd.ValidArgsFunction = cobra.NoFileCompletions
	_ = cmd.RegisterFlagCompletionFunc("protocol", cobra.FixedCompletions(protocols, cobra.ShellCompDirectiveNoFileComp)) // there is that flag
}

// client makes the client that the flags describe.
func (f *peerFlags) client(t terminal, address string, maker func(address, protocol string) (*client.Client, error)) (*client.Client, error) {
	u, err := url.Parse(address)
	if err != nil || !slices.Contains([]string{"http", "https", "ws", "wss"}, u.Scheme) || u.Host == "" {
		return nil, wrongUse(fmt.Errorf("URL %q: use http://HOST:PORT/PATH", address))
	}
	c, err := maker(address, f.protocol)
	if err != nil {
		return nil, wrongUse(err)
	}
	if strings.HasPrefix(u.Scheme, "ws") && c.Protocol != client.WebSocket {
		return nil, wrongUse(fmt.Errorf("URL %q: for %s use http://HOST:PORT/PATH", address, c.Protocol))
	}
	if f.user != "" {
		c.User = f.user
		c.Password, err = password(t, f.user)
	}
	return c, err
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

// ending gives an error of the client's the exit status that it ends the program with, and what may help.
func ending(err error) error {
	if _, ok := errors.AsType[*client.ConnectionError](err); ok {
		return noConnection(err)
	}
	if refused, ok := errors.AsType[*client.StatusError](err); ok && refused.Code == http.StatusMethodNotAllowed {
		return fmt.Errorf("%w (is the path of the URL right? \"patchbay serve\" has /amf, /rpc and /events)", err)
	}
	return err
}

// jsonArguments returns each argument as JSON text: as it is, or as a text.
func jsonArguments(args []string) []jsontext.Value {
	texts := make([]jsontext.Value, len(args))
	for i, arg := range args {
		texts[i] = jsonArgument(arg)
	}
	return texts
}

func jsonArgument(arg string) jsontext.Value {
	text := jsontext.Value(arg)
	if !text.IsValid() {
		text, _ = jsontext.AppendQuote(nil, strings.ToValidUTF8(arg, "\ufffd")) // which has no errors
	}
	return text
}

// plain returns a JSON text as people read it: a text as it is, anything else on one line, or with indent on several.
func plain(v jsontext.Value, indent bool) (string, error) {
	v = slices.Clone(v)
	var err error
	switch {
	case v.Kind() == '"':
		v, err = jsontext.AppendUnquote(nil, v)
	case indent:
		err = v.Indent(jsontext.WithIndent("  "))
	default:
		err = v.Compact()
	}
	return string(v), err
}

// writeLine writes what a server has said, to a terminal without what would command that.
func writeLine(w io.Writer, text string) error {
	if file, ok := w.(*os.File); ok && term.IsTerminal(int(file.Fd())) {
		text = printable(text)
	}
	_, err := fmt.Fprintf(w, "%s\n", text)
	return err
}
