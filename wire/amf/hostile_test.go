package amf_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/patchbay-go/patchbay/core/value"
	"github.com/patchbay-go/patchbay/wire/amf"
	"github.com/patchbay-go/patchbay/wire/amf/internal/raw"
)

// Class and sealed names are texts that may be references. Thousands that refer to one long text would each be a copy of it.
func TestLongNamesAreCounted(t *testing.T) {
	const length, n = 1 << 19, 1 << 10 // half a gigabyte, if copied
	long := append(raw.AppendU29(nil, length<<1|1), bytes.Repeat([]byte{'x'}, length)...)
	for name, unit := range map[string][]byte{
		"classes":      join(raw.AppendU29([]byte{9}, n<<1|1), []byte{1, 10, 3}, long, bytes.Repeat([]byte{10, 3, 0}, n-1)),
		"sealed names": join(raw.AppendU29([]byte{10}, n<<4|3), []byte{1}, long, bytes.Repeat([]byte{0}, n-1), bytes.Repeat([]byte{1}, n)),
	} {
		t.Run(name, func(t *testing.T) {
			r := amf.NewReader(unit, &amf.ReaderOptions{Version: amf.AMF3})
			var tok value.Token
			err := r.Next(&tok)
			if err == nil {
				err = r.Skip(&tok)
			}
			if !errors.Is(err, value.ErrLimit) {
				t.Errorf("got %v, want the limit of bytes", err)
			}
		})
	}
}

func join(parts ...[]byte) []byte { return bytes.Join(parts, nil) }
