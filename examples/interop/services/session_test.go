package services

import (
	"bytes"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/patchbay-go/patchbay/adapters/server"
	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/core/value"
	"github.com/patchbay-go/patchbay/stores/memory"
	"github.com/patchbay-go/patchbay/wire/amf"
	"github.com/patchbay-go/patchbay/wire/json"
)

// jsonArgs returns the arguments that a JSON array holds.
func jsonArgs(list string) core.Args {
	r := json.NewReader([]byte(list), value.Limits{})
	return &core.LateArgs{Value: value.NewDecoder(r, Registry(nil), value.Limits{}).Ahead()}
}

func TestSession(t *testing.T) {
	set := newSet()
	run := func(call *core.Call, operation, args string) (string, error) {
		call.Service, call.Operation, call.Args = "example", operation, jsonArgs(args)
		v, err := set.Invoke(t.Context(), call)
		w := json.NewWriter(nil, value.Limits{})
		if err == nil {
			err = value.NewEncoder(w, nil, value.Limits{}).Encode(v)
		}
		return string(w.Bytes()), err
	}
	first := &core.Call{}
	if _, err := run(first, "sessionSet", `["color", "blue"]`); err != nil || !first.Minted() {
		t.Fatalf("sessionSet: %v, minted %v; want a new session", err, first.Minted())
	}
	client, err := set.Client(t.Context(), first.Client.ID())
	if err != nil {
		t.Fatal(err)
	}
	if got, err := run(&core.Call{Client: client}, "sessionGet", `["color"]`); got != `"blue"` || err != nil {
		t.Errorf("sessionGet: got %v, %v; want blue", got, err)
	}
	anonymous := &core.Call{}
	if got, err := run(anonymous, "sessionGet", `["color"]`); got != "null" || err != nil || anonymous.Client != nil {
		t.Errorf("sessionGet without a session: got %v, %v, session %v; want none of them", got, err, anonymous.Client)
	}
	foreign := &core.Call{NoSession: core.Denied.Errorf("not ours")}
	for operation, args := range map[string]string{"sessionGet": `["color"]`, "sessionSet": `["color", "red"]`} {
		if _, err := run(foreign, operation, args); core.AsFault(err).Message != "not ours" {
			t.Errorf("%s of a foreign session: got %v, want that it is not ours", operation, err)
		}
	}
}

// A caller posts to the services and keeps their cookies.
type caller struct {
	handler http.Handler
	cookies []*http.Cookie
}

func newCaller() *caller {
	set := ChannelSet(memory.New(nil), nil, quiet)
	return &caller{handler: server.NewHandler(set, &server.Options{Paths: Paths()})}
}

func (c *caller) post(t *testing.T, path string, body []byte) []byte {
	t.Helper()
	req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, bytes.NewReader(body))
	for _, cookie := range c.cookies {
		req.AddCookie(cookie)
	}
	w := httptest.NewRecorder()
	c.handler.ServeHTTP(w, req)
	c.cookies = append(c.cookies, w.Result().Cookies()...)
	return w.Body.Bytes()
}

// callAMF calls an operation with a key, and with the bytes of an AMF3 value if there are any. It returns the answer's bytes.
func (c *caller) callAMF(t *testing.T, operation string, value ...byte) []byte {
	t.Helper()
	w := amf.NewWriter(nil)
	w.Uint16(3)
	w.Uint16(0)
	w.Uint16(1)
	for _, text := range []string{"example." + operation, "/1"} {
		if err := w.UTF(text); err != nil {
			t.Fatal(err)
		}
	}
	args := []byte("\x0a\x00\x00\x00\x01\x11\x06\x07key")
	if len(value) > 0 {
		args[4] = 2
		args = append(append(args, 0x11), value...)
	}
	w.Uint32(uint32(len(args)))
	return c.post(t, "/amf", append(w.Bytes(), args...))
}

func (c *caller) callJSON(t *testing.T, operation, args string) string {
	t.Helper()
	body := c.post(t, "/rpc", []byte(`{"jsonrpc":"2.0","method":"example.`+operation+`","params":`+args+`,"id":1}`))
	return strings.TrimSuffix(strings.TrimPrefix(string(body), `{"jsonrpc":"2.0","result":`), `,"id":1}`)
}

// What stands in a session comes back as it was set: these are the bytes of AMF3 values that Go values would not tell apart, or
// hold no more.
func TestSessionKeepsTypes(t *testing.T) {
	for name, text := range map[string]string{
		"null":               "01",
		"undefined":          "00",
		"integer":            "0407",
		"double of a whole":  "05401c000000000000",
		"negative zero":      "058000000000000000",
		"date that is none":  "08017ff8000000000000",
		"byte array":         "0c050102",
		"vector of int":      "0d05010000000100000002",
		"vector of objects":  "1003000f" + hex.EncodeToString([]byte("x.Point")) + "01",
		"dictionary":         "1103000a0b01010401",
		"shared":             "0905010a0b01010a02",
		"cycle":              "0903010900",
		"ArrayCollection":    "0a0743" + hex.EncodeToString([]byte("flex.messaging.io.ArrayCollection")) + "0903010401",
		"registered class":   "0a131d" + hex.EncodeToString([]byte("example.Person")) + "096e616d65" + "0607416e6e",
		"unregistered class": "0a131b" + hex.EncodeToString([]byte("example.Other")) + "096e616d65" + "0607416e6e",
		"externalizable":     "0a0719" + hex.EncodeToString([]byte("example.Blob")) + "000161" + "00000007" + "0401",
	} {
		t.Run(name, func(t *testing.T) {
			want, err := hex.DecodeString(text)
			if err != nil {
				t.Fatal(err)
			}
			c := newCaller()
			c.callAMF(t, "sessionSet", want...)
			if got := c.callAMF(t, "sessionGet"); !bytes.HasSuffix(got, append([]byte{0x11}, want...)) {
				t.Errorf("got %x, want an answer that ends in %x", got, want)
			}
		})
	}
}

func TestSessionAcrossProtocols(t *testing.T) {
	c := newCaller()
	for _, text := range []string{
		`12345678901234567890`, `1.50`, `null`, `[1,{"b":1,"a":[]}]`, `{"$class":"example.Person","name":"Ann"}`,
		`{"$class":"example.Blob","label":"a","number":7,"content":1}`,
	} {
		c.callJSON(t, "sessionSet", `["key", `+text+`]`)
		if got := c.callJSON(t, "sessionGet", `["key"]`); got != text {
			t.Errorf("JSON-RPC: got %s, want %s", got, text)
		}
	}
	c.callJSON(t, "sessionSet", `["key", {"$class":"example.Person","name":"Ann"}]`)
	if got := c.callAMF(t, "sessionGet"); !bytes.HasSuffix(got, []byte("\x1dexample.Person\x09name\x06\x07Ann\x01")) {
		t.Errorf("AMF: got %q, want the example.Person that JSON-RPC has set", got)
	}
	c.callAMF(t, "sessionSet", []byte("\x0d\x05\x01\x00\x00\x00\x01\x00\x00\x00\x02")...)
	if got := c.callJSON(t, "sessionGet", `["key"]`); got != "[1,2]" {
		t.Errorf("JSON-RPC: got %s, want the vector that AMF has set", got)
	}
}
