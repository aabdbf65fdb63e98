package flex

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"net/http"
	"testing"

	"github.com/patchbay-go/patchbay/core/value"
	"github.com/patchbay-go/patchbay/wire/amf"
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

// packet writes a packet of version 3 with one body: Adobe's AMF0 specification, section 4.
func (c *Client) packet(target string, args [][]byte) []byte {
	c.t.Helper()
	w := amf.NewWriter(nil)
	w.Uint16(3)
	var err error
	if c.credentials == nil {
		w.Uint16(0)
	} else {
		w.Uint16(1)
		err = w.UTF("Credentials")
		w.Byte(0) // need not be understood
		sized(w, encode(c.t, c.credentials, nil))
	}
	w.Uint16(1)
	if err = errors.Join(err, w.UTF(target), w.UTF("/1")); err != nil {
		c.t.Fatal(err)
	}
	list := binary.BigEndian.AppendUint32([]byte{0x0A}, uint32(len(args))) // a strict array
	for _, arg := range args {
		list = append(append(list, 0x11), arg...) // that goes over to AMF3
	}
	sized(w, list)
	return w.Bytes()
}

// sized writes the bytes of a value behind their length.
func sized(w *amf.Writer, b []byte) {
	w.Uint32(uint32(len(b)))
	for _, one := range b {
		w.Byte(one)
	}
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

// answer reads a packet without headers that has one body.
func (c *Client) answer(unit []byte) (target string, v any) {
	c.t.Helper()
	r := amf.NewReader(unit, nil)
	_, err := r.Uint16("version")
	headers, e := r.Uint16("headers")
	err = errors.Join(err, e)
	bodies, e := r.Uint16("bodies")
	err = errors.Join(err, e)
	target, e = r.UTF("target")
	_, e2 := r.UTF("response")
	_, e3 := r.Uint32("length")
	err = errors.Join(err, e, e2, e3, value.NewDecoder(r, nil, value.Limits{}).Bind(&v))
	if err != nil || headers != 0 || bodies != 1 {
		c.t.Fatalf("read a packet with %d headers and %d bodies: %v\n%q", headers, bodies, err, unit)
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
