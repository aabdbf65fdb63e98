package main

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/patchbay-go/patchbay/core/value"
	"github.com/patchbay-go/patchbay/examples/internal/flex"
	"github.com/patchbay-go/patchbay/wire/amf"
)

// What Red5's test sends, as far as it is told apart here, comes back by NetConnection and by RemoteObject.
func TestEcho(t *testing.T) {
	c := flex.Connect(t, flex.Run(t)+"/amf")
	for _, want := range []string{
		`null`, `true`, `""`, `"Hello world!"`, `["test","test"]`, `-65536`, `1.5`, `[]`, `[1,2,3]`, `{"a":"foo","b":"bar"}`,
		`{"$class":"org.red5.server.webapp.echo.RemoteClass","attribute1":"one","attribute2":2}`,
	} {
		if got := c.Call("Red5Echo.echo", want); got != want {
			t.Errorf("RemoteObject: got %s, want %s", got, want)
		}
		if target, v := c.Post("echo", flex.Value(want)); target != "/1/onResult" || flex.JSON(t, v) != want {
			t.Errorf("NetConnection: got %s %v, want %s", target, v, want)
		}
	}
}

func TestExternalizable(t *testing.T) {
	c := flex.Connect(t, flex.Run(t)+"/amf")
	list := []byte("\x09\x07\x01\x04\x01\x06\x07one\x04\x01") // [1, "one", 1]
	object := append([]byte("\x0a\x07\x5forg.red5.server.webapp.echo.ExternalizableClass"), bytes.Repeat([]byte{7}, 52)...)
	object = append(append(object, list...), bytes.Repeat([]byte{8}, 40)...)
	if got := c.PostAMF3("echo", object); !bytes.HasSuffix(got, object) {
		t.Errorf("got %x, want an answer that ends in %x", got, object)
	}
}

// The layout reads what it writes.
func TestLayout(t *testing.T) {
	classes := value.NewRegistry()
	classes.Register("x.Y", Externalizable{}, value.External(layout{}))
	externals := func(string) amf.External { return layout{} }
	want := &Externalizable{Scalars: bytes.Repeat([]byte{1}, 52), List: []any{1.0}, Texts: bytes.Repeat([]byte{2}, 40)}
	w := amf.NewWriter(&amf.WriterOptions{AMF3: true, Externals: externals})
	if err := value.NewEncoder(w, classes, value.Limits{}).Encode(want); err != nil {
		t.Fatal(err)
	}
	var got *Externalizable
	r := amf.NewReader(w.Bytes(), &amf.ReaderOptions{Version: amf.AMF3, Externals: externals})
	if err := value.NewDecoder(r, classes, value.Limits{}).Bind(&got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
