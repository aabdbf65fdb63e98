package amf

import (
	"strconv"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/core/value"
)

// classConfigMap is the class of each element of a configuration. Attributes are members with text, elements below it members with
// elements or lists of them, and an element's own text is the member "".
const classConfigMap = "flex.messaging.config.ConfigMap"

// channelClass is the class of channels in the client.
const channelClass = "mx.messaging.channels.AMFChannel"

// configuration is what a Flex client without a services-config.xml asks for on its first ping: services and messaging destinations,
// as BlazeDS calls their kinds, and the channels that lead to them.
func (e *Endpoint) configuration(call *core.Call) any {
	channels, refs := e.configChannels(call)
	set := call.ChannelSet()
	var remoting, messaging []any
	for _, s := range set.Services().Services() {
		if s.Name() != "" {
			remoting = append(remoting, element(member("id", s.Name()), member("channels", element(member("channel", refs)))))
		}
	}
	for _, d := range set.Destinations() {
		messaging = append(messaging, element(
			member("id", d.Name), member("properties", configTopics(d)), member("channels", element(member("channel", refs)))))
	}
	services := []any{element(member("id", "remoting-service"), member("destination", remoting))}
	if len(messaging) > 0 {
		services = append(services, element(member("id", "message-service"), member("destination", messaging)))
	}
	return element(member("service", services), member("channels", element(member("channel", channels))))
}

// configTopics returns the properties of a messaging destination.
func configTopics(d *core.Destination) any {
	server := []value.Member{member("allow-subtopics", content(strconv.FormatBool(!d.NoSubtopics)))}
	if !d.NoSubtopics {
		server = append(server, member("subtopic-separator", content(d.Separator)))
	}
	return element(member("server", element(server...)))
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
			member("id", c.Name), member("type", channelClass), member("endpoint", element(member("uri", url))), member("properties", other.configPolling(call.ChannelSet()))))
		refs = append(refs, element(member("ref", c.Name)))
	}
	return channels, refs
}

// configPolling returns the properties of a channel: whether and how often its clients are to poll. Where there is nothing to poll for
// there are none.
func (e *Endpoint) configPolling(set *core.ChannelSet) any {
	if len(set.Destinations()) == 0 {
		return element()
	}
	return element(
		member("polling-enabled", content("true")),
		member("polling-interval-millis", content(strconv.FormatInt(e.opts.PollingInterval.Milliseconds(), 10))))
}

// element returns a ConfigMap.
func element(members ...value.Member) *value.Object {
	return &value.Object{Class: classConfigMap, Members: members, Dynamic: true}
}

// content returns an element that has text in it and nothing else. The member is sealed: a dynamic one cannot have an empty name.
func content(text string) any {
	return &value.Object{Class: classConfigMap, Members: value.Members{member("", text)}, Sealed: 1}
}

func member(name string, v any) value.Member { return value.Member{Name: name, Value: v} }
