// Package inspect has the commands that show what AMF bytes hold and write such bytes: decode and encode. People use them on
// captures, programs by lines of JSON.
package inspect

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode"

	"github.com/spf13/cobra"

	"github.com/patchbay-go/patchbay/core/value"
	"github.com/patchbay-go/patchbay/wire/amf/syntax"
)

// A kindFlag is the flag --kind. As a flag's own type it is checked with the flags, as wrong use.
type kindFlag syntax.Kind

// Set takes the name of a kind.
func (f *kindFlag) Set(name string) error {
	k, err := syntax.ParseKind(name)
	*f = kindFlag(k)
	return err
}

// String returns the name of the kind.
func (f *kindFlag) String() string { return syntax.Kind(*f).String() }

// Type names the flag's argument in help texts.
func (f *kindFlag) Type() string { return "KIND" }

// addKind adds the flag --kind, which is packet unless told.
func addKind(cmd *cobra.Command) *kindFlag {
	kind := kindFlag(syntax.Remote)
	cmd.Flags().Var(&kind, "kind", "what the bytes are: amf0 or amf3 (values back to back), or packet (what an HTTP body carries)")
	return &kind
}

// interruptible runs f until it is done or ctx is. A read from a terminal or pipe cannot be interrupted, so f may still be
// waiting for input afterwards; it ends with the process.
func interruptible(ctx context.Context, f func() error) error {
	done := make(chan error, 1)
	go func() { done <- f() }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return errors.New("interrupted")
	}
}

// withInput calls f with the file that the only argument names, or standard input where there is none or "-".
func withInput(cmd *cobra.Command, args []string, f func(io.Reader) error) error {
	return interruptible(cmd.Context(), func() error {
		if len(args) == 0 || args[0] == "-" {
			return f(cmd.InOrStdin())
		}
		file, err := os.Open(args[0])
		if err != nil {
			return err
		}
		defer file.Close() // it was only read
		return f(file)
	})
}

// maxInput is how many bytes are taken: as many as one unit may have, four times, since JSON and hex are longer.
const maxInput = 4 * value.DefaultBytes

// readAll reads the whole input, up to maxInput.
func readAll(r io.Reader) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxInput+1))
	if err == nil && len(b) > maxInput {
		err = fmt.Errorf("the input has more than %d bytes", maxInput)
	}
	return b, err
}

// unhex reads hexadecimal digits as people copy them: with white space, and with 0x before them.
func unhex(b []byte) ([]byte, error) {
	digits := bytes.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, b)
	if bytes.HasPrefix(digits, []byte("0x")) {
		digits = digits[2:]
	}
	data := make([]byte, hex.DecodedLen(len(digits)))
	n, err := hex.Decode(data, digits)
	if err != nil {
		return nil, &value.Error{Offset: n, Err: hexError(err)}
	}
	return data, nil
}

// hexError says in our words what is wrong with hexadecimal digits.
func hexError(err error) error {
	return errors.New("bad hexadecimal digits: " + strings.TrimPrefix(err.Error(), "encoding/hex: "))
}
