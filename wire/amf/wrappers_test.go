package amf

import (
	"fmt"
	"strings"
	"testing"

	"github.com/patchbay-go/patchbay/core/value"
)

func TestWrappers(t *testing.T) {
	const collection = "0a0743666c65782e6d6573736167696e672e696f2e4172726179436f6c6c656374696f6e"
	const arrayList = "0a0737666c65782e6d6573736167696e672e696f2e41727261794c697374"
	const proxy = "0a073b666c65782e6d6573736167696e672e696f2e4f626a65637450726f7879"
	wrapping := WriterOptions{AMF3: true, UseCollections: true, UseProxies: true}
	tests := []struct {
		name string
		in   any
		opts WriterOptions
		want string
	}{
		{"collection", ArrayCollection{[]int{1}}, WriterOptions{AMF3: true}, collection + "0903010401"},
		{"collection, asked for twice", ArrayCollection{[]int{1}}, wrapping, collection + "0903010401"},
		{"collection in AMF0", ArrayCollection{[]int{1}}, WriterOptions{}, "0a00000001003ff0000000000000"},
		{"list as collection", []int{1}, wrapping, collection + "0903010401"},
		{"array list", ArrayList{[]int{1}}, wrapping, arrayList + "0903010401"},
		{"proxy", ObjectProxy{map[string]int{"a": 1}}, WriterOptions{AMF3: true}, proxy + "0a0b010361040101"},
		{"map as proxy", map[string]int{"a": 1}, wrapping, proxy + "0a0b010361040101"},
		{"no proxy", AsNoProxy{"a": 1}, wrapping, "0a0b010361040101"},
		{"byte array", AsByteArray("ab"), WriterOptions{AMF3: true}, "0c056162"},
		{"byte array in AMF0", AsByteArray("ab"), WriterOptions{}, "110c056162"},
		{"error", AsError{Name: "n", Message: "m"}, WriterOptions{AMF3: true},
			"0a330b4572726f720f6572726f724944096e616d650f6d65737361676504a70806036e06036d"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := NewWriter(&test.opts)
			if err := value.NewEncoder(w, nil, value.Limits{}).Encode(test.in); err != nil {
				t.Fatal(err)
			}
			if got := fmt.Sprintf("%x", w.Bytes()); got != strings.ReplaceAll(test.want, " ", "") {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}
