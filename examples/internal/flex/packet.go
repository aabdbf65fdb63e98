package flex

import (
	"bytes"
	"encoding/binary"
	"io"
	"net/http"
	"testing"

	"github.com/patchbay-go/patchbay/core/value"
	"github.com/patchbay-go/patchbay/wire/amf"
	"github.com/patchbay-go/patchbay/wire/amf/packet"
	"github.com/patchbay-go/patchbay/wire/json"
)

// Post posts a packet with one body, a list of AMF3 values, and returns the target and the value of its answer.
func (c *Client) Post(target string, args ...any) (answered string, v any) {
	c.t.Helper()
	list := make([][]byte, len(args))
	for i, arg := range args {
		list[i] = encode(c.t, arg, &amf.WriterOptions{AMF3: true})
	}
	return c.answer(c.PostAMF3(target, list...))
}

// PostAMF3 is Post for values that are encoded already. It returns the packet that came back.
func (c *Client) PostAMF3(target string, args ...[]byte) []byte {
	c.t.Helper()
	return c.post(c.packet(target, args))
}

// packet writes a packet of version 3 with one body, a strict array of values that are AMF3 behind their marker.
func (c *Client) packet(target string, args [][]byte) []byte {
	c.t.Helper()
	list := binary.BigEndian.AppendUint32([]byte{0x0A}, uint32(len(args)))
	for _, arg := range args {
		list = append(append(list, 0x11), arg...)
	}
	w := amf.NewWriter(nil)
	p := &packet.Packet{Version: 3, Target: target, Response: "/1", Body: func() error {
		for _, b := range list {
			w.Byte(b)
		}
		return nil
	}}
	if c.credentials != nil {
		p.Headers = []packet.Header{{Name: "Credentials", Value: func() error {
			return value.NewEncoder(w, nil, value.Limits{}).Encode(c.credentials)
		}}}
	}
	if err := packet.Write(w, p); err != nil {
		c.t.Fatal(err)
	}
	return w.Bytes()
}

func encode(t testing.TB, v any, opts *amf.WriterOptions) []byte {
	t.Helper()
	w := amf.NewWriter(opts)
	if err := value.NewEncoder(w, nil, value.Limits{}).Encode(v); err != nil {
		t.Fatal(err)
	}
	return w.Bytes()
}

func (c *Client) post(packet []byte) []byte {
	c.t.Helper()
	resp := c.do(packet)
	defer func() { _ = resp.Body.Close() }()
	unit, err := io.ReadAll(resp.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return unit
}

// do posts a unit and returns the response, which is OK.
func (c *Client) do(unit []byte) *http.Response {
	c.t.Helper()
	req, err := http.NewRequestWithContext(c.t.Context(), http.MethodPost, c.endpoint, bytes.NewReader(unit))
	if err != nil {
		c.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-amf")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	if resp.StatusCode != http.StatusOK {
		_ = resp.Body.Close()
		c.t.Fatalf("%s: got %s", c.endpoint, resp.Status)
	}
	return resp
}

// answer reads a packet that has one body.
func (c *Client) answer(unit []byte) (target string, v any) {
	c.t.Helper()
	r := amf.NewReader(unit, nil)
	d := value.NewDecoder(r, nil, value.Limits{})
	bodies, err := packet.ReadHead(r, d)
	if err == nil && bodies == 1 {
		if target, err = packet.ReadBody(r); err == nil {
			err = d.Bind(&v)
		}
	}
	if err != nil || bodies != 1 {
		c.t.Fatalf("read a packet with %d bodies: %v\n%q", bodies, err, unit)
	}
	return target, v
}

// Value returns the value that a JSON text stands for.
func Value(text string) value.Late {
	return value.NewDecoder(json.NewReader([]byte(text), value.Limits{}), nil, value.Limits{}).Ahead()
}

// JSON returns a value as JSON text.
func JSON(t testing.TB, v any) string {
	t.Helper()
	w := json.NewWriter(nil, value.Limits{})
	if err := value.NewEncoder(w, nil, value.Limits{}).Encode(v); err != nil {
		t.Fatal(err)
	}
	return string(w.Bytes())
}
