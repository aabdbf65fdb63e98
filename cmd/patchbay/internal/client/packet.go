package client

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/patchbay-go/patchbay/core/value"
	"github.com/patchbay-go/patchbay/wire/amf"
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
	w.Uint16(version)
	if err := writeHeader(w, credentials); err != nil {
		return nil, fmt.Errorf("write credentials: %w", err)
	}
	w.Uint16(1)
	if err := errors.Join(w.UTF(target), w.UTF(responseURI)); err != nil {
		return nil, fmt.Errorf("write target: %w", err)
	}
	err := sized(w, func(enc *value.Encoder) error { return writeList(w, enc, list, version == amf3Version) })
	return w.Bytes(), err
}

const amf3Version = 3

func writeHeader(w *amf.Writer, credentials value.Members) error {
	if credentials == nil {
		w.Uint16(0)
		return nil
	}
	w.Uint16(1)
	if err := w.UTF("Credentials"); err != nil {
		return err
	}
	w.Byte(0) // need not be understood
	return sized(w, func(enc *value.Encoder) error { return enc.Encode(credentials) })
}

// sized writes a value with tables of its own, and its length before it.
func sized(w *amf.Writer, write func(*value.Encoder) error) error {
	length := w.Len()
	w.Uint32(0)
	w.NewTables()
	err := write(value.NewEncoder(w, messageClasses(), value.Limits{}))
	w.PutUint32(length, uint32(w.Len()-length-4))
	return err
}

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
func (c *Client) exchange(ctx context.Context, packet []byte) (*answer, error) {
	unit, err := c.post(ctx, contentType, packet)
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
	if _, err := r.Uint16("the version"); err != nil {
		return nil, err
	}
	if err := skipHeaders(r, dec); err != nil {
		return nil, err
	}
	n, err := r.Uint16("the count of bodies")
	if err != nil {
		return nil, err
	}
	for range n {
		target, err := readHead(r)
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

func skipHeaders(r *amf.Reader, dec *value.Decoder) error {
	n, err := r.Uint16("the count of headers")
	if err != nil {
		return err
	}
	for range n {
		if _, err := r.UTF("the name of a header"); err != nil {
			return err
		}
		if _, err := r.Byte("whether a header must be understood"); err != nil {
			return err
		}
		if _, err := r.Uint32("the length of a header"); err != nil {
			return err
		}
		r.NewTables()
		if _, err := dec.Late(); err != nil {
			return err
		}
	}
	return nil
}

// readHead reads what stands before a body's value and returns the target.
func readHead(r *amf.Reader) (target string, err error) {
	if target, err = r.UTF("the target of a body"); err != nil {
		return "", err
	}
	if _, err = r.UTF("the response address of a body"); err != nil {
		return "", err
	}
	_, err = r.Uint32("the length of a body")
	r.NewTables()
	return target, err
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

// text makes JSON text of a value.
func text(v value.Late) (jsontext.Value, error) {
	w := json.NewWriter(nil, value.Limits{})
	if err := value.NewEncoder(w, nil, value.Limits{}).Encode(v); err != nil {
		return nil, fmt.Errorf("write the result as JSON: %w", err)
	}
	return w.Bytes(), nil
}
