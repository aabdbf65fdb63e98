package main

import (
	"fmt"

	"github.com/patchbay-go/patchbay/core/value"
	"github.com/patchbay-go/patchbay/wire/amf"
	"github.com/patchbay-go/patchbay/wire/amf/packet"
)

// The Flex messages that the benchmark sends and reads, with the members of their classes.
type (
	acknowledgeMessage[B any] struct {
		Body          B
		ClientID      *string `patchbay:"clientId"`
		CorrelationID *string `patchbay:"correlationId"`
		Destination   *string
		Headers       map[string]any
		MessageID     *string `patchbay:"messageId"`
		TimeToLive    float64
		Timestamp     float64
	}
	commandMessage struct {
		Operation     int
		Body          any
		ClientID      *string `patchbay:"clientId"`
		CorrelationID *string `patchbay:"correlationId"`
		Destination   string
		Headers       map[string]any
		MessageID     string `patchbay:"messageId"`
		TimeToLive    float64
		Timestamp     float64
	}
	remotingMessage struct {
		Operation   string
		Source      *string
		Body        []any
		ClientID    *string `patchbay:"clientId"`
		Destination string
		Headers     map[string]any
		MessageID   string `patchbay:"messageId"`
		TimeToLive  float64
		Timestamp   float64
	}
)

// newRegistry knows the classes; B is what replies carry.
func newRegistry[B any]() *value.Registry {
	registry := value.NewRegistry()
	registry.Register("com.acme.Order", order{})
	registry.Register("flex.messaging.messages.AcknowledgeMessage", acknowledgeMessage[B]{})
	registry.Register("flex.messaging.messages.CommandMessage", commandMessage{})
	registry.Register("flex.messaging.messages.RemotingMessage", remotingMessage{})
	return registry
}

// amf3Packet is the version of a packet whose sender speaks AMF3.
const amf3Packet = 3

// readPacket reads a packet of one body into dst and returns the body's target.
func readPacket(r *amf.Reader, d *value.Decoder, dst any) (target string, err error) {
	bodies, err := packet.ReadHead(r, d)
	if err != nil {
		return "", err
	}
	if bodies != 1 {
		return "", fmt.Errorf("packet of %d bodies, want 1", bodies)
	}
	if target, err = packet.ReadBody(r); err != nil {
		return "", err
	}
	return target, d.Bind(dst)
}

// writePacket writes a packet of one body that holds v as AMF3.
func writePacket(w *amf.Writer, e *value.Encoder, target, response string, v any) error {
	return packet.Write(w, &packet.Packet{Version: amf3Packet, Target: target, Response: response, Body: func() error {
		w.BehindMarker()
		return e.Encode(v)
	}})
}
