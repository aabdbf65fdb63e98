package core

// Code says what kind of failure a Fault is. The set is closed; each protocol has one table from it to its own wire form.
type Code uint8

// The codes.
const (
	// Internal is a failure whose reason is nobody's business but ours: it goes out without text. It is the zero Code.
	Internal Code = iota
	// Malformed is a unit, or a message in it, that cannot be read.
	Malformed
	// Invalid is arguments that do not fit what they are for.
	Invalid
	// NotFound is a service, operation, destination, connection or item that there is not.
	NotFound
	// Unauthenticated is a caller of whom we would have to know who it is.
	Unauthenticated
	// Denied is a caller whom we know and who may not.
	Denied
	// Exists is something that is there already.
	Exists
	// Conflict is a change that another change has overtaken.
	Conflict
	// TooLarge is more bytes, elements or depth than a limit allows.
	TooLarge
	// Exhausted is a limit on how many or how often.
	Exhausted
	// Unavailable is something that we need and that does not answer; trying again later may help.
	Unavailable
	// Timeout is work that did not end in time.
	Timeout
	// Canceled is work that its caller gave up.
	Canceled
	// Failed is what a target says in its own words.
	Failed
)

var codeNames = [...]string{
	Internal: "internal", Malformed: "malformed", Invalid: "invalid", NotFound: "not found", Unauthenticated: "unauthenticated",
	Denied: "denied", Exists: "exists", Conflict: "conflict", TooLarge: "too large", Exhausted: "exhausted",
	Unavailable: "unavailable", Timeout: "timeout", Canceled: "canceled", Failed: "failed",
}

// Codes returns all codes, for tables that have to cover them.
func Codes() []Code {
	codes := make([]Code, len(codeNames))
	for i := range codes {
		codes[i] = Code(i)
	}
	return codes
}

// String returns the code's name, as logs have it.
func (c Code) String() string {
	if int(c) < len(codeNames) {
		return codeNames[c]
	}
	return "unknown code"
}
