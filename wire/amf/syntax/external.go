package syntax

// A form is how the content of an externalizable class is laid out.
type form uint8

const (
	formUnknown form = iota
	formSource       // one value
	formEntries      // a count, then keys and values
	formFields       // groups of flags and fields
)

// externalForm returns the form of a class, amf.md sections 2.4 and 2.5.
func externalForm(class string) form {
	switch class {
	case "flex.messaging.io.ArrayCollection", "flex.messaging.io.ArrayList", "flex.messaging.io.ObjectProxy":
		return formSource
	case "flex.messaging.io.ManagedObjectProxy":
		return formEntries
	case "DSA", "DSC", "DSK":
		return formFields
	}
	return formUnknown
}

// A flagGroup is what one class in the family tree of small messages adds: for each flag byte the fields of its bits, from the
// lowest.
type flagGroup [][]smallField

// A smallField is a field behind a flag; uid: an id as 16 bytes.
type smallField struct {
	name string
	uid  bool
}

// Flag bytes of small messages.
const (
	moreFlags    = 0x80 // another flag byte follows
	reservedBits = 6    // bits below this may announce values that readers must drop
	maxFlagBytes = 16   // of one group; nobody writes more than two
)

// smallGroups returns the groups of a small message's class: AbstractMessage, AsyncMessage, and its own.
func smallGroups(class string) []flagGroup {
	groups := []flagGroup{
		{
			{{name: "body"}, {name: "clientId"}, {name: "destination"}, {name: "headers"}, {name: "messageId"}, {name: "timestamp"}, {name: "timeToLive"}},
			{{"clientId", true}, {"messageId", true}},
		},
		{{{name: "correlationId"}, {"correlationId", true}}},
	}
	switch class {
	case "DSC":
		groups = append(groups, flagGroup{{{name: "operation"}}})
	case "DSK":
		groups = append(groups, flagGroup{{}})
	}
	return groups
}
