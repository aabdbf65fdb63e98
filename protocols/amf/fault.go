package amf

import (
	"errors"
	"strconv"
	"strings"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/core/value"
)

// defaultFaultCode is Flex's for whatever goes wrong in the server.
const defaultFaultCode = "Server.Processing"

// faultCodes says which faultCode each Code has. A Fault's own Name goes before it, and core.ErrNoOperation before NotFound.
func faultCodes(c core.Code) string {
	switch c {
	case core.Malformed:
		return "Client.Packet.Encoding"
	case core.Invalid:
		return "Server.ResourceUnavailable"
	case core.Unauthenticated:
		return "Client.Authentication"
	case core.Denied:
		return "Client.Authorization"
	case core.Exists, core.Conflict:
		return "Server.Processing.Conflict"
	case core.TooLarge:
		return "Client.Message.TooLarge"
	case core.Exhausted:
		return "Server.Processing.Exhausted"
	case core.Unavailable:
		return "Server.Processing.Unavailable"
	case core.Timeout:
		return "Server.Processing.Timeout"
	case core.Canceled:
		return "Server.Processing.Canceled"
	}
	return defaultFaultCode // NotFound, Failed, Internal
}

// faultCode returns what clients know a fault by.
func faultCode(f *core.Fault) string {
	switch {
	case f.Name != "":
		return f.Name
	case errors.Is(f, core.ErrNoOperation):
		return "Server.ResourceUnavailable"
	}
	return faultCodes(f.Code)
}

// faultText returns what people read. Of an internal error it says nothing but that it was one: Flex shows the text as it is.
func faultText(f *core.Fault) string {
	if f.Message == "" {
		return "Internal error."
	}
	if len(f.Message) > maxFaultText {
		return strings.ToValidUTF8(f.Message[:maxFaultText], "") + " ..."
	}
	return f.Message
}

// maxFaultText bounds what a fault repeats of a request, such as the path to what does not fit.
const maxFaultText = 2000

// faultDetail returns a fault's Detail where it is text.
func faultDetail(f *core.Fault) any {
	if text, ok := f.Detail.(string); ok {
		return text
	}
	return nil
}

// callFault returns what a NetConnection call's onStatus gets: the members that BlazeDS, PyAMF and AmFast give it, all of them in one
// object without a class, so that a handler written for any of these servers finds its own.
//
//	level                                     "error"                 all
//	code                                      the faultCode           all
//	message                                   the text                BlazeDS, AmFast
//	description                               the text                PyAMF
//	details                                   Detail where it is text BlazeDS, PyAMF
//	rootCause                                 Detail                  BlazeDS
//	type, name                                the faultCode           PyAMF; AmFast
//	errorID                                   5000                    AmFast
//	faultCode, faultString, faultDetail       as in an ErrorMessage
func callFault(f *core.Fault) value.Members {
	code, text, detail := faultCode(f), faultText(f), faultDetail(f)
	return value.Members{
		{Name: "level", Value: "error"}, {Name: "code", Value: code},
		{Name: "message", Value: text}, {Name: "description", Value: text},
		{Name: "details", Value: detail}, {Name: "rootCause", Value: f.Detail},
		{Name: "type", Value: code}, {Name: "name", Value: code}, {Name: "errorID", Value: 5000},
		{Name: "faultCode", Value: code}, {Name: "faultString", Value: text}, {Name: "faultDetail", Value: detail},
	}
}

// quote returns a name from the wire as it may stand in a text for people: with quotes, and not endless.
func quote(name string) string {
	if len(name) > 100 {
		name = name[:100]
	}
	return strconv.Quote(name)
}
