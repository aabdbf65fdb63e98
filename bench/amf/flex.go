package main

import (
	"fmt"

	"github.com/patchbay-go/patchbay/core/value"
	"github.com/patchbay-go/patchbay/wire/amf"
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

// readPacket reads a packet of one body and no headers into dst and returns the body's target.
func readPacket(r *amf.Reader, d *value.Decoder, dst any) (target string, err error) {
	if _, err = r.Uint16("version"); err != nil {
		return "", err
	}
	headers, err := r.Uint16("header count")
	if err != nil {
		return "", err
	}
	for range headers {
		if err := skipHeader(r, d); err != nil {
			return "", err
		}
	}
	bodies, err := r.Uint16("body count")
	if err != nil {
		return "", err
	}
	if bodies != 1 {
		return "", fmt.Errorf("packet of %d bodies, want 1", bodies)
	}
	if target, err = r.UTF("target"); err != nil {
		return "", err
	}
	if _, err = r.UTF("response"); err != nil {
		return "", err
	}
	if _, err = r.Uint32("length"); err != nil {
		return "", err
	}
	r.NewTables()
	return target, d.Bind(dst)
}

func skipHeader(r *amf.Reader, d *value.Decoder) error {
	if _, err := r.UTF("name"); err != nil {
		return err
	}
	if _, err := r.Byte("must understand"); err != nil {
		return err
	}
	if _, err := r.Uint32("length"); err != nil {
		return err
	}
	r.NewTables()
	var dropped any
	return d.Bind(&dropped)
}

// writePacket writes a packet of one body that holds v as AMF3, with its true length.
func writePacket(w *amf.Writer, e *value.Encoder, target, response string, v any) error {
	w.Uint16(amf3Packet)
	w.Uint16(0)
	w.Uint16(1)
	if err := w.UTF(target); err != nil {
		return err
	}
	if err := w.UTF(response); err != nil {
		return err
	}
	length := w.Len()
	w.Uint32(0)
	w.NewTables()
	w.BehindMarker()
	if err := e.Encode(v); err != nil {
		return err
	}
	w.PutUint32(length, uint32(w.Len()-length-4))
	return nil
}
