package client

import (
	"context"
	"fmt"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/patchbay-go/patchbay/core/value"
	"github.com/patchbay-go/patchbay/wire/amf"
	"github.com/patchbay-go/patchbay/wire/amf/packet"
	"github.com/patchbay-go/patchbay/wire/json"
)

// What a packet is made of: AMF0 specification, section 4.
const (
	contentType = "application/x-amf"
	responseURI = "/1"
	onResult    = responseURI + "/onResult"
)

// writePacket returns a packet with one body, a list of values. Credentials go into its header, where there are any.
func writePacket(version uint16, credentials value.Members, target string, list []any) ([]byte, error) {
	w := amf.NewWriter(nil)
	p := &packet.Packet{Version: version, Target: target, Response: responseURI}
	p.Body = func() error {
		return writeList(w, value.NewEncoder(w, messageClasses(), value.Limits{}), list, version == amf3Version)
	}
	if credentials != nil {
		p.Headers = []packet.Header{{Name: "Credentials", Value: func() error {
			return value.NewEncoder(w, nil, value.Limits{}).Encode(credentials)
		}}}
	}
	err := packet.Write(w, p)
	return w.Bytes(), err
}

const amf3Version = 3

// writeList writes a strict array as Flash Player does: of AMF3 values, each behind its marker, in a packet of version 3.
func writeList(w *amf.Writer, enc *value.Encoder, list []any, amf3 bool) error {
	if err := enc.Write(&value.Token{Kind: value.KindList, Flag: true, Num: uint64(len(list))}); err != nil {
		return err
	}
	for i, v := range list {
		if amf3 {
			w.BehindMarker()
		}
		if err := enc.Encode(v); err != nil {
			return value.WithinIndex(i, err)
		}
	}
	return enc.Write(&value.Token{Kind: value.KindEnd})
}

// An answer is the body of a server's packet.
type answer struct {
	failed bool
	value  value.Late
}

// exchange posts a packet and reads the answer to its only body.
func (c *Client) exchange(ctx context.Context, request []byte) (*answer, error) {
	unit, err := c.post(ctx, contentType, request)
	if err != nil {
		return nil, err
	}
	a, err := readAnswer(unit)
	return a, unreadable("read the answer as AMF", err)
}

// readAnswer finds the first body that answers ours.
func readAnswer(unit []byte) (*answer, error) {
	r := amf.NewReader(unit, nil)
	dec := value.NewDecoder(r, nil, value.Limits{})
	n, err := packet.ReadHead(r, dec)
	if err != nil {
		return nil, err
	}
	for range n {
		target, err := packet.ReadBody(r)
		if err != nil {
			return nil, err
		}
		v, err := dec.Late()
		if err != nil {
			return nil, err
		}
		if target == onResult || strings.HasSuffix(target, "/onStatus") { // BlazeDS leaves out whose status it is, when it cannot tell
			return &answer{failed: target != onResult, value: v}, nil
		}
	}
	return nil, fmt.Errorf("none of its %d bodies answers %s", n, responseURI)
}

// arguments makes values of JSON texts.
func arguments(texts []jsontext.Value) ([]any, error) {
	args := make([]any, len(texts))
	for i, text := range texts {
		late, err := value.NewDecoder(json.NewReader(text, value.Limits{}), nil, value.Limits{}).Late()
		if err != nil {
			return nil, fmt.Errorf("argument %d: %w", i+1, err)
		}
		args[i] = late
	}
	return args, nil
}

// text makes JSON text of any value.
func text(v any) (jsontext.Value, error) {
	w := json.NewWriter(nil, value.Limits{})
	if err := value.NewEncoder(w, nil, value.Limits{}).Encode(v); err != nil {
		return nil, fmt.Errorf("write as JSON: %w", err)
	}
	return w.Bytes(), nil
}
