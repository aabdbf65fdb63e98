package amf

import (
	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/core/value"
)

// classConfigMap is the class of each element of a configuration. Attributes are members with text, elements below it members with
// elements or lists of them, and an element's own text is the member "".
const classConfigMap = "flex.messaging.config.ConfigMap"

// channelClass is the class of channels in the client.
const channelClass = "mx.messaging.channels.AMFChannel"

// configuration is what a Flex client without a services-config.xml asks for on its first ping: the services as destinations, and the
// channels that lead to them.
func (e *Endpoint) configuration(call *core.Call) any {
	channels, refs := e.configChannels(call)
	var destinations []any
	for _, s := range call.ChannelSet().Services().Services() {
		if s.Name() == "" {
			continue
		}
		destinations = append(destinations, element(member("id", s.Name()), member("channels", element(member("channel", refs)))))
	}
	return element(
		member("service", []any{element(member("id", "remoting-service"), member("destination", destinations))}),
		member("channels", element(member("channel", channels))))
}

// configChannels returns the AMF channels whose URL is known, and references to them.
func (e *Endpoint) configChannels(call *core.Call) (channels, refs []any) {
	used := FromCall(call).channel
	for _, c := range call.ChannelSet().Channels() {
		other, ok := c.Endpoint.(*Endpoint)
		if !ok {
			continue
		}
		url := other.opts.URL
		if url == "" && c == used && call.Peer.URL != nil {
			url = call.Peer.URL.Path
		}
		if url == "" {
			continue
		}
		channels = append(channels, element(
			member("id", c.Name), member("type", channelClass), member("endpoint", element(member("uri", url))), member("properties", element())))
		refs = append(refs, element(member("ref", c.Name)))
	}
	return channels, refs
}

// element returns a ConfigMap.
func element(members ...value.Member) *value.Object {
	return &value.Object{Class: classConfigMap, Members: members, Dynamic: true}
}

func member(name string, v any) value.Member { return value.Member{Name: name, Value: v} }
