package inspect

import (
	"io"

	"github.com/spf13/cobra"

	"github.com/patchbay-go/patchbay/wire/amf/syntax"
)

// decodeFlags are the settings of the decode command.
type decodeFlags struct {
	kind     *kindFlag
	hex      bool
	json     bool
	lines    bool
	wrappers []string
}

// NewDecode returns the command that shows what AMF bytes hold.
func NewDecode() *cobra.Command {
	var f decodeFlags
	cmd := &cobra.Command{
		Use:   "decode [FILE|-]",
		Short: "Show what AMF bytes hold",
		Long: `Show what AMF bytes hold, from FILE or standard input: a line for each value, with the offset of its first byte.

References stay references, #N is the number by which later bytes can refer to a value, and nothing is repaired. Where
the bytes cannot be read, what comes before is still shown, the error says the offset and the path, and the exit status
is 1. The kind of bytes is packet unless --kind says otherwise.

With --json the output is the description that "patchbay encode" turns back into bytes.

With --lines each line of the input is a JSON object {"name", "kind", "hex"}, and is answered at once by a line
{"name", "desc"} or {"name", "error", "offset"}. A bad line never stops it, and the exit status is 0.`,
		Example: `  patchbay decode request.amf
  curl -s http://127.0.0.1:8080/amf --data-binary @request.amf | patchbay decode
  echo '0a 0b 01 03 61 04 01 01' | patchbay decode --kind amf3 --hex
  patchbay decode --json request.amf | jq .bodies
  echo '{"name": "one", "kind": "amf3", "hex": "0401"}' | patchbay decode --lines`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withInput(cmd, args, func(r io.Reader) error {
				if f.lines {
					return answerer{f.decodeLine, true}.run(r, cmd.OutOrStdout())
				}
				return f.decode(r, cmd.OutOrStdout())
			})
		},
	}
	f.kind = addKind(cmd)
	flags := cmd.Flags()
	flags.BoolVar(&f.hex, "hex", false, "the input is hexadecimal digits; white space does not matter")
	flags.BoolVar(&f.json, "json", false, "print the description as JSON")
	flags.BoolVar(&f.lines, "lines", false, "answer lines of JSON by lines of JSON, for programs")
	flags.StringArrayVar(&f.wrappers, "wrapper", nil, "a `CLASS` that is externalizable and holds one value, as ArrayCollection does; may be given again")
	cmd.MarkFlagsMutuallyExclusive("lines", "hex")
	cmd.MarkFlagsMutuallyExclusive("lines", "kind")
	return cmd
}

func (f *decodeFlags) options() *syntax.Options { return &syntax.Options{Wrappers: f.wrappers} }

// decode shows one unit: what could be read of it first, then the error.
func (f *decodeFlags) decode(r io.Reader, w io.Writer) error {
	b, err := readAll(r)
	if err != nil {
		return err
	}
	if f.hex {
		if b, err = unhex(b); err != nil {
			return err
		}
	}
	doc, invalid := syntax.Parse(syntax.Kind(*f.kind), b, f.options())
	show := doc.WriteText
	if f.json {
		show = func(w io.Writer) error {
			if err := doc.WriteDescription(w); err != nil {
				return err
			}
			_, err := io.WriteString(w, "\n")
			return err
		}
	}
	if err := show(w); err != nil {
		return err
	}
	return invalid
}
