package syntax_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"github.com/patchbay-go/patchbay/core/value"
	"github.com/patchbay-go/patchbay/wire/amf/syntax"
)

func encode(kind syntax.Kind, desc []byte) ([]byte, error) {
	doc, err := syntax.Describe(kind, desc, nil)
	if err != nil {
		return nil, err
	}
	return doc.Append(nil)
}

// longerThanNeeded are the vectors whose bytes no description tells: integers with leading zeros, strings and class names that
// are written again, references by another marker, a boolean 2.
var longerThanNeeded = map[string]bool{
	"amfast-tests.json/Amf3EncoderTestCase.testRefsOff#1":         true,
	"edge-cases.json/u29_nonminimal_zero_2byte":                   true,
	"edge-cases.json/u29_nonminimal_zero_4byte":                   true,
	"edge-cases.json/u29_nonminimal_5_3byte":                      true,
	"edge-cases.json/string_header_nonminimal":                    true,
	"edge-cases.json/array_assoc_numeric_keys_sparse":             true,
	"edge-cases.json/object_string_refs":                          true,
	"edge-cases.json/vector_object_class_resizable":               true,
	"edge-cases.json/vector_object_class_fixed":                   true,
	"edge-cases.json/dictionary_weak_byte_0x02_as_blazeds_writes": true,
	"edge-cases.json/amf0_bool_2_is_true":                         true,
	"edge-cases.json/amf0_avmplus_tables_fresh":                   true,
}

// TestEncodeVectors encodes every description. All but the vectors above come out as the bytes they were; those must mean the
// same.
func TestEncodeVectors(t *testing.T) {
	for _, file := range vectorFiles(t) {
		for _, v := range vectors(t, file) {
			if v.Desc == nil {
				continue
			}
			t.Run(file+"/"+v.Name, func(t *testing.T) {
				got, err := encode(v.kind(t), v.Desc)
				if err != nil {
					t.Fatal(err)
				}
				if want := v.bytes(t); bytes.Equal(got, want) == longerThanNeeded[file+"/"+v.Name] {
					t.Errorf("got  %.400x\nwant %.400x (or not, where it is longer than needed)", got, want)
				}
				doc, err := syntax.Parse(v.kind(t), got, options)
				if err != nil {
					t.Fatal(err)
				}
				compare(t, v.Desc, description(t, doc))
			})
		}
	}
}

// TestEncodeByHand has descriptions that leave out what follows from the rest.
func TestEncodeByHand(t *testing.T) {
	tests := []struct {
		name string
		kind syntax.Kind
		desc string
		want string
	}{
		{"one value without list", syntax.AMF3, `{"t":"int","v":1}`, "0401"},
		{"double by v", syntax.AMF3, `[{"t":"double","v":1.5}]`, "053ff8000000000000"},
		{"minus zero by v", syntax.AMF0, `[{"t":"double","v":"-0"}]`, "008000000000000000"},
		{"nan by v", syntax.AMF0, `[{"t":"double","v":"NaN"}]`, "007ff8000000000000"},
		{"empty object", syntax.AMF3, `[{"t":"object"}]`, "0a0b0101"},
		{"sealed object", syntax.AMF3, `[{"t":"object","class":"C","sealed":[["v",{"t":"int","v":1}]]}]`, "0a130343037604" + "01"},
		{"second object by traits", syntax.AMF3, `[{"t":"object"},{"t":"object"}]`, "0a0b01010a0101"},
		{"traits inline again", syntax.AMF3, `[{"t":"object"},{"t":"object","traits":"inline"}]`, "0a0b01010a0b0101"},
		{"string by reference", syntax.AMF3, `[{"t":"string","v":"a"},{"t":"string","v":"a"}]`, "06036106" + "00"},
		{"raw string", syntax.AMF3, `[{"t":"string","v":{"raw":"ff"}}]`, "0603ff"},
		{"vector of plain doubles", syntax.AMF3, `[{"t":"vector","of":"double","items":[1,{"t":"double","v":2}]}]`, "0f05003ff00000000000004000000000000000"},
		{"long text", syntax.AMF0, `[{"t":"string","v":"` + strings.Repeat("x", 65536) + `"}]`, "0c00010000" + strings.Repeat("78", 65536)},
		{"ecma array", syntax.AMF0, `[{"t":"ecma-array","members":[["a",{"t":"null"}]]}]`, "080000000100016105000009"},
		{"date", syntax.AMF0, `[{"t":"date","ms":1}]`, "0b3ff00000000000000000"},
		{"true lengths", syntax.Remote, `{"version":0,"bodies":[{"target":"a.b","response":"/1","value":{"t":"strict-array"}}]}`,
			"000000000001" + "0003612e62" + "00022f31" + "00000005" + "0a00000000"},
		{"claimed lengths", syntax.Remote, `{"version":3,"headers":[{"name":"h","length":4294967295,"value":{"t":"null"}}],"trailing":"00"}`,
			"00030001" + "000168" + "00" + "ffffffff" + "05" + "0000" + "00"},
		{"reply by small message", syntax.AMF3,
			`[{"t":"externalizable","class":"DSC","fields":{"operation":{"t":"int","v":2},"messageId":{"t":"uid","v":"00112233-4455-6677-8899-aabbccddeeff"}}}]`,
			"0a0707445343" + "8002" + "0c2100112233445566778899aabbccddeeff" + "00" + "01" + "0402"},
		{"managed proxy", syntax.AMF3, `[{"t":"externalizable","class":"flex.messaging.io.ManagedObjectProxy","entries":[["a",{"t":"null"}]]}]`,
			"0a0749" + hex.EncodeToString([]byte("flex.messaging.io.ManagedObjectProxy")) + "00000001" + "060361" + "01"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := encode(tt.kind, []byte(tt.desc))
			if err != nil {
				t.Fatal(err)
			}
			if h := hex.EncodeToString(got); h != tt.want {
				t.Errorf("got %.200s, want %.200s", h, tt.want)
			}
		})
	}
}

// TestEncodeErrors checks that mistakes are named with their place in the description.
func TestEncodeErrors(t *testing.T) {
	tests := []struct {
		name       string
		kind       syntax.Kind
		desc       string
		path, word string
	}{
		{"no JSON", syntax.AMF3, `[{"t":`, "", "EOF"},
		{"twice a key", syntax.AMF3, `[{"t":"null","t":"null"}]`, "", "duplicate"},
		{"half a surrogate pair", syntax.AMF3, `[{"t":"string","v":"\ud800"}]`, "", "surrogate"},
		{"unknown type", syntax.AMF3, `[{"t":"nul"}]`, "[0]", `no "nul"`},
		{"no type", syntax.AMF3, `[{}]`, "[0]", `no "t"`},
		{"int in AMF0", syntax.AMF0, `[{"t":"int","v":1}]`, "[0]", `AMF0 has no "int"`},
		{"int too large", syntax.AMF3, `[{"t":"int","v":268435456}]`, "[0].v", "out of range"},
		{"int with fraction", syntax.AMF3, `[{"t":"int","v":1.5}]`, "[0].v", "no whole number"},
		{"uint too large", syntax.AMF3, `[{"t":"vector","of":"uint","items":[0,4294967296]}]`, "[0].items[1]", "out of range"},
		{"bad hex", syntax.AMF3, `[{"t":"bytes","hex":"0g"}]`, "[0].hex", "bad hexadecimal"},
		{"bits of wrong length", syntax.AMF3, `[{"t":"double","bits":"00"}]`, "[0].bits", "16 hexadecimal"},
		{"bits and v differ", syntax.AMF3, `[{"t":"double","bits":"3ff0000000000000","v":2}]`, "[0]", "bits are 1 and v is 2"},
		{"misspelt key", syntax.AMF3, `[{"t":"object","klass":"C"}]`, "[0]", `unknown key "klass"`},
		{"reference to nothing", syntax.AMF3, `[{"t":"array","dense":[{"t":"ref","id":1}]}]`, "[0].dense[0]", "reference to object 1"},
		{"AMF0 reference to nothing", syntax.AMF0, `[{"t":"ref","id":0}]`, "[0]", "reference to object 0"},
		{"wrong id", syntax.AMF3, `[{"t":"array","id":3}]`, "[0]", "here it becomes number 0"},
		{"unknown traits", syntax.AMF3, `[{"t":"object","traits":"ref:0"}]`, "[0].traits", "reference to traits 0"},
		{"other traits", syntax.AMF3, `[{"t":"object"},{"t":"object","class":"C","traits":"ref:0"}]`, "[1].traits", "differ from traits 0"},
		{"bad traits", syntax.AMF3, `[{"t":"object","traits":"5"}]`, "[0].traits", "ref:N"},
		{"sealed but dynamic members", syntax.AMF3, `[{"t":"object","dynamic":false,"dynamic_members":[["a",{"t":"null"}]]}]`, "[0]", "dynamic is false"},
		{"empty dynamic name", syntax.AMF3, `[{"t":"object","dynamic_members":[["",{"t":"null"}]]}]`, "[0].dynamic_members[0]", "empty name"},
		{"member without value", syntax.AMF0, `[{"t":"object","members":[["a"]]}]`, "[0].members[0]", "list of two"},
		{"error deep down", syntax.AMF0, `[{"t":"object","members":[["a",{"t":"amf3","v":{"t":"x"}}]]}]`, "[0].members[0][1].v", `no "x"`},
		{"list for a packet", syntax.Remote, `[]`, "", "described by an object"},
		{"packet version", syntax.Remote, `{"version":2}`, ".version", "0, 1 or 3"},
		{"body without value", syntax.Remote, `{"version":0,"bodies":[{"target":"a"}]}`, ".bodies[0]", `"value" is missing`},
		{"length too large", syntax.Remote, `{"version":0,"bodies":[{"target":"a","length":4294967296,"value":{"t":"null"}}]}`, ".bodies[0].length", "out of range"},
		{"unknown field", syntax.AMF3, `[{"t":"externalizable","class":"DSK","fields":{"operation":{"t":"null"}}}]`, "[0].fields", `unknown key "operation"`},
		{"uid elsewhere", syntax.AMF3, `[{"t":"uid","v":"00112233-4455-6677-8899-AABBCCDDEEFF"}]`, "[0]", "stands only for"},
		{"bad uid", syntax.AMF3, `[{"t":"externalizable","class":"DSA","fields":{"clientId":{"t":"uid","v":"1"}}}]`, "[0].fields.clientId.v", "8-4-4-4-12"},
		{"unknown externalizable", syntax.AMF3, `[{"t":"externalizable","class":"X"}]`, "[0]", `"X"`},
		{"too deep", syntax.AMF3, strings.Repeat(`{"t":"array","dense":[`, 65) + strings.Repeat("]}", 65), "", "within each other"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := encode(tt.kind, []byte(tt.desc))
			e, ok := errors.AsType[*value.Error](err)
			if !ok {
				t.Fatalf("got %x and %v, want a *value.Error", got, err)
			}
			if (tt.path != "" && e.Path != tt.path) || !strings.Contains(e.Error(), tt.word) {
				t.Errorf("got %q, want path %q and %q", e, tt.path, tt.word)
			}
		})
	}
}
