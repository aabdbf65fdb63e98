package services

import (
	"time"

	"github.com/patchbay-go/patchbay/wire/amf"
)

// A Person is the class "example.Person".
type Person struct {
	Name string
	Born time.Time
	Tags []string
}

// A Blob is the class "example.Blob", which in AMF3 writes its bytes itself.
type Blob struct {
	Label   string
	Number  int32
	Content any
}

// blobCodec is how: a text with its length in two bytes, four bytes of number, one value.
type blobCodec struct{}

var _ amf.External = blobCodec{}

// ReadExternal implements amf.External.
func (blobCodec) ReadExternal(in *amf.ExternalInput) {
	in.UTF("label")
	in.Int("number")
	in.Value("content")
}

// WriteExternal implements amf.External.
func (blobCodec) WriteExternal(out *amf.ExternalOutput) {
	out.UTF("label")
	out.Int("number")
	out.Value("content")
}
