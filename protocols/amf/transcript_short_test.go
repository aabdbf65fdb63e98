package amf

import (
	"slices"
	"strings"

	"github.com/patchbay-go/patchbay/core/value"
)

// In short, a Flex message is what somebody who reads a conversation wants to know of it:
//
//	{"$command": OPERATION, ...}        a CommandMessage
//	{"$async": MESSAGEID, ...}          an AsyncMessage
//	{"$ack": CORRELATIONID, ...}        an AcknowledgeMessage; $smallAck: a small one
//	{"$error": CORRELATIONID, ...}      an ErrorMessage
//
// and a configuration is its elements, without their class, and text for those that have nothing but text.
//
// In a reply, members that are null, 0 or an empty object are left out, and so are the time, and the messageId of what the server has
// made. A transcript whose option is "short" has its replies so; in requests the short form stands for the whole message always.

var shortNames = map[string]string{
	classCommandMessage: "$command", classAsyncMessage: "$async", classAcknowledgeMessage: "$ack", classSmallAcknowledge: "$smallAck",
	classErrorMessage: "$error",
}

// firstMember is the member that the first one in short stands for.
var firstMember = map[string]string{
	"$command": "operation", "$async": "messageId", "$ack": "correlationId", "$smallAck": "correlationId", "$error": "correlationId",
}

// shorten returns a value of a reply with its Flex messages in short.
func shorten(v any) any {
	switch v := v.(type) {
	case []any:
		list := make([]any, len(v))
		for i := range v {
			list[i] = shorten(v[i])
		}
		return list
	case *value.Object:
		if name := shortNames[v.Class]; name != "" {
			return shortMessage(name, v.Members)
		}
		if v.Class == classConfigMap {
			return shortConfig(v.Members)
		}
	}
	return v
}

func shortConfig(members value.Members) any {
	if text, ok := members.Get(""); ok && len(members) == 1 {
		return text
	}
	short := value.Members{}
	for _, m := range members {
		short = append(short, value.Member{Name: m.Name, Value: shorten(m.Value)})
	}
	return short
}

func shortMessage(name string, members value.Members) value.Members {
	first, _ := members.Get(firstMember[name])
	short := value.Members{{Name: name, Value: first}}
	for _, m := range members {
		made := m.Name == "messageId" && name != "$async" || m.Name == "timestamp" || m.Name == firstMember[name]
		if !made && !isEmpty(m.Value) {
			short = append(short, value.Member{Name: m.Name, Value: shorten(m.Value)})
		}
	}
	return short
}

func isEmpty(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case float64:
		return v == 0
	case map[string]any:
		return len(v) == 0
	case value.Members:
		return len(v) == 0
	}
	return false
}

// lengthen returns a value of a request with whole messages for those in short.
func lengthen(v any) any {
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = lengthen(v[i])
		}
	case value.Members:
		if len(v) == 0 || !strings.HasPrefix(v[0].Name, "$") {
			return v
		}
		for class, name := range shortNames {
			if name == v[0].Name {
				members := slices.Concat(value.Members{{Name: firstMember[name], Value: v[0].Value}}, v[1:])
				return &value.Object{Class: class, Members: members, Sealed: len(members)}
			}
		}
	}
	return v
}
