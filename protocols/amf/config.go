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
		destinations = append(destinations, element("id", s.Name(), "channels", element("channel", refs)))
	}
	return element(
		"service", []any{element("id", "remoting-service", "destination", destinations)},
		"channels", element("channel", channels))
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
		channels = append(channels, element("id", c.Name, "type", channelClass, "endpoint", element("uri", url), "properties", element()))
		refs = append(refs, element("ref", c.Name))
	}
	return channels, refs
}

// element returns a ConfigMap with members, name and value in turn.
func element(namesAndValues ...any) *value.Object {
	o := &value.Object{Class: classConfigMap, Dynamic: true}
	for i := 0; i < len(namesAndValues); i += 2 {
		o.Members = append(o.Members, value.Member{Name: namesAndValues[i].(string), Value: namesAndValues[i+1]})
	}
	return o
}
