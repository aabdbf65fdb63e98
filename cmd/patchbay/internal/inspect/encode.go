package inspect

import (
	"encoding/hex"
	"io"

	"github.com/spf13/cobra"

	"github.com/patchbay-go/patchbay/wire/amf/syntax"
)

// encodeFlags are the settings of the encode command.
type encodeFlags struct {
	kind  *kindFlag
	hex   bool
	lines bool
}

// NewEncode returns the command that writes AMF bytes from their description.
func NewEncode() *cobra.Command {
	var f encodeFlags
	cmd := &cobra.Command{
		Use:   "encode [FILE|-]",
		Short: "Write AMF bytes from their description",
		Long: `Write AMF bytes from their description, the JSON that "patchbay decode --json" prints, from FILE or standard input.

The bytes are the shortest that mean the same; what was decoded from such bytes comes out as it was. "ref", "traits" and
"id" are taken as given, and so is the "length" that a packet claims. A description written by hand may leave out what
follows from the rest: id, traits, bits beside v, length, empty lists, and whatever is false. The kind of bytes is packet
unless --kind says otherwise. Where it cannot be written the error says the path in the description, and the exit status is 1.

With --lines each line of the input is a JSON object {"name", "kind", "desc"}, and is answered at once by a line
{"name", "hex"} or {"name", "error"}. A bad line never stops it, and the exit status is 0.`,
		Example: `  patchbay decode --json request.amf > request.json
  patchbay encode request.json > request.amf
  echo '[{"t": "object", "class": "example.Person", "sealed": [["name", {"t": "string", "v": "Ann"}]]}]' |
    patchbay encode --kind amf3 --hex
  echo '{"name": "one", "kind": "amf3", "desc": [{"t": "int", "v": 1}]}' | patchbay encode --lines`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withInput(cmd, args, func(r io.Reader) error {
				if f.lines {
					return answerer{encodeLine, false}.run(r, cmd.OutOrStdout())
				}
				return f.encode(r, cmd.OutOrStdout())
			})
		},
	}
	f.kind = addKind(cmd)
	cmd.Flags().BoolVar(&f.hex, "hex", false, "print hexadecimal digits instead of bytes")
	cmd.Flags().BoolVar(&f.lines, "lines", false, "answer lines of JSON by lines of JSON, for programs")
	cmd.MarkFlagsMutuallyExclusive("lines", "hex")
	cmd.MarkFlagsMutuallyExclusive("lines", "kind")
	return cmd
}

// encode writes the bytes of one description.
func (f *encodeFlags) encode(r io.Reader, w io.Writer) error {
	b, err := readAll(r)
	if err != nil {
		return err
	}
	data, err := encode(syntax.Kind(*f.kind), b)
	if err != nil {
		return err
	}
	if f.hex {
		data = append(hex.AppendEncode(nil, data), '\n')
	}
	_, err = w.Write(data)
	return err
}

// encode returns the bytes that a description describes.
func encode(kind syntax.Kind, description []byte) ([]byte, error) {
	doc, err := syntax.Describe(kind, description, nil)
	if err != nil {
		return nil, err
	}
	return doc.Append(nil)
}
