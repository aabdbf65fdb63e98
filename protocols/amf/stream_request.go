package amf

import (
	"iter"
	"net/url"
	"strings"

	"github.com/patchbay-go/patchbay/core"
)

// The commands of a streaming request, and the parameter that gives them.
const (
	parameterCommand = "command"

	commandOpen  = "open"
	commandClose = "close"
)

// A streamRequest asks for a stream, or for its end.
type streamRequest struct {
	command string // open or close
	client  string // the DSId
	stream  string // close: which one
}

// maxStreamForm is how many bytes the form of a streaming request may have: Flex sends one id.
const maxStreamForm = 4096

// isStreamRequest reports whether a URL asks for a stream rather than bringing a packet.
func isStreamRequest(u *url.URL) bool {
	if u == nil || !strings.Contains(u.RawQuery, parameterCommand) {
		return false // without a look at each parameter: packets come this way
	}
	for parameter := range parameters(u.RawQuery) {
		if name, _, _ := strings.Cut(parameter, "="); name == parameterCommand {
			return true
		}
	}
	return false
}

// parameters returns the parts of a query or form. A question mark separates as well: clients append their own query to a URL that may
// have got one by AppendToGatewayUrl.
func parameters(text string) iter.Seq[string] {
	return strings.FieldsFuncSeq(text, func(c rune) bool { return c == '&' || c == ';' || c == '?' })
}

// readStreamRequest reads the parameters in the URL and the form. The version that clients name is 1; there is no other, and like
// BlazeDS we do not look at it. The error is a Fault.
func readStreamRequest(u *url.URL, form []byte) (r streamRequest, err error) {
	if len(form) > maxStreamForm {
		return r, core.Malformed.Errorf("The form of a streaming request has more than %d bytes.", maxStreamForm)
	}
	for _, text := range []string{u.RawQuery, string(form)} {
		if err := r.add(text); err != nil {
			return r, core.Malformed.Errorf("The parameters of a streaming request cannot be read: %s.", err).WithCause(err)
		}
	}
	switch {
	case r.command != commandOpen && r.command != commandClose:
		return r, core.Malformed.Errorf("There is no streaming command %s: it is open or close.", quote(r.command))
	case r.client == "":
		return r, core.Malformed.Errorf("A streaming request needs the DSId of its client.")
	}
	return r, nil
}

// add takes the parameters of a query or form. Those that are known already stay.
func (r *streamRequest) add(text string) error {
	for parameter := range parameters(text) {
		name, value, _ := strings.Cut(parameter, "=")
		field := r.field(name)
		if field == nil || *field != "" {
			continue
		}
		var err error
		if *field, err = url.QueryUnescape(value); err != nil {
			return err
		}
	}
	return nil
}

func (r *streamRequest) field(name string) *string {
	switch name {
	case parameterCommand:
		return &r.command
	case headerID:
		return &r.client
	case "streamId":
		return &r.stream
	}
	return nil
}
