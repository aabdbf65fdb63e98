package client

import (
	"context"
	"fmt"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/patchbay-go/patchbay/core/value"
)

// callNetConnection is NetConnection.call. Who calls stands in a header of the packet.
func (c *Client) callNetConnection(ctx context.Context, target string, texts []jsontext.Value) (jsontext.Value, error) {
	args, err := arguments(texts)
	if err != nil {
		return nil, err
	}
	version := uint16(0)
	if c.Protocol == AMF3 {
		version = amf3Version
	}
	var credentials value.Members
	if c.User != "" {
		credentials = value.Members{{Name: "userid", Value: c.User}, {Name: "password", Value: c.Password}}
	}
	packet, err := writePacket(version, credentials, target, args)
	if err != nil {
		return nil, err
	}
	a, err := c.exchange(ctx, packet)
	if err != nil {
		return nil, err
	}
	if a.failed {
		return nil, faultOf(a.value)
	}
	return text(a.value)
}

// faultOf reads what a call has failed with. Servers give it many shapes; the first member that has a text is taken.
func faultOf(v value.Late) error {
	var o value.Object
	if err := v.Bind(&o); err != nil {
		return fmt.Errorf("read the fault: %w", err)
	}
	return &Fault{
		Code:    member(o.Members, "faultCode", "code"),
		Message: member(o.Members, "faultString", "description", "message", "faultDetail", "details"),
	}
}

func member(members value.Members, names ...string) string {
	for _, name := range names {
		switch v, _ := members.Get(name); v {
		case nil, "", value.Undefined:
		default:
			return fmt.Sprint(v)
		}
	}
	return ""
}
