package amf_test

import (
	"fmt"

	"github.com/patchbay-go/patchbay/core/value"
	"github.com/patchbay-go/patchbay/wire/amf"
)

// A Writer and a Reader between Go values and AMF3.
func Example() {
	w := amf.NewWriter(&amf.WriterOptions{AMF3: true})
	if err := value.NewEncoder(w, nil, value.Limits{}).Encode([]any{"a", 1, "a"}); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%x\n", w.Bytes()) // the second "a" is a reference to the first

	r := amf.NewReader(w.Bytes(), &amf.ReaderOptions{Version: amf.AMF3})
	var list []string
	if err := value.NewDecoder(r, nil, value.Limits{}).Bind(&list); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(list)
	// Output:
	// 09070106036104010600
	// [a 1 a]
}

// A point is a class that writes itself: two integers of four bytes.
type point struct{}

func (point) ReadExternal(in *amf.ExternalInput) {
	in.Int("x")
	in.Int("y")
}

func (point) WriteExternal(out *amf.ExternalOutput) {
	out.Int("x")
	out.Int("y")
}

// Externalizable classes are read and written by what ReaderOptions and WriterOptions return for them.
func ExampleExternal() {
	bytes := []byte("\x0a\x07\x0bpoint\x00\x00\x00\x03\x00\x00\x00\x04")
	r := amf.NewReader(bytes, &amf.ReaderOptions{Version: amf.AMF3, Externals: func(class string) amf.External {
		if class == "point" {
			return point{}
		}
		return nil
	}})
	var p struct{ X, Y int }
	err := value.NewDecoder(r, nil, value.Limits{}).Bind(&p)
	fmt.Println(p, err)
	// Output: {3 4} <nil>
}
