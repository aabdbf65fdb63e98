package jsonrpc

import (
	"github.com/patchbay-go/patchbay/core"
)

// codes are the wire forms of core's codes. Those from -32768 to -32600 have their meaning by the specification, section 5.1, and
// -32800 is what the Language Server Protocol has made usual for a canceled request; the others are ours, from the range that
// the specification leaves to servers.
var codes = [...]int{
	core.Internal:        -32603,
	core.Malformed:       -32600, // a text that is no JSON at all: codeParseError
	core.Invalid:         -32602,
	core.NotFound:        -32601,
	core.Unauthenticated: -32001,
	core.Denied:          -32003,
	core.Exists:          -32009,
	core.Conflict:        -32009,
	core.TooLarge:        -32013,
	core.Exhausted:       -32029,
	core.Unavailable:     -32053,
	core.Timeout:         -32054,
	core.Canceled:        -32800,
	core.Failed:          -32000,
}

const codeParseError = -32700

// codeTexts are the messages of faults that have none of their own. An internal one never has.
var codeTexts = [...]string{
	core.Internal:        "Internal error",
	core.Malformed:       "Invalid Request",
	core.Invalid:         "Invalid params",
	core.NotFound:        "Method not found",
	core.Unauthenticated: "Login required",
	core.Denied:          "Not allowed",
	core.Exists:          "It exists already",
	core.Conflict:        "Another change came first",
	core.TooLarge:        "Too large",
	core.Exhausted:       "Too much at once",
	core.Unavailable:     "Not available at the moment",
	core.Timeout:         "It took too long",
	core.Canceled:        "Canceled",
	core.Failed:          "It did not work",
}

// parseErrorName marks the one Malformed fault that has a code of its own. It does not go out.
const parseErrorName = "jsonrpc.parse"

func wireCode(f *core.Fault) int {
	if isParseError(f) {
		return codeParseError
	}
	return codes[f.Code]
}

func isParseError(f *core.Fault) bool { return f.Code == core.Malformed && f.Name == parseErrorName }

// parseError is the answer to a unit that is no JSON text.
func parseError(why string) *core.Fault {
	return &core.Fault{Code: core.Malformed, Name: parseErrorName, Message: "Parse error", Detail: why}
}

// invalidRequest is the answer to JSON that is no request.
func invalidRequest(why string) *core.Fault {
	return &core.Fault{Code: core.Malformed, Message: "Invalid Request", Detail: why}
}
