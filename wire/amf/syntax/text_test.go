package syntax_test

import (
	"bytes"
	"encoding/hex"
	"testing"

	"github.com/patchbay-go/patchbay/wire/amf/syntax"
)

func TestText(t *testing.T) {
	tests := []struct {
		name string
		kind syntax.Kind
		hex  string
		want string
	}{
		{"AMF0 scalars", syntax.AMF0, "00" + "4004000000000000" + "0101" + "05" + "06" + "0d" + "0c0000000161" + "0b" + "0000000000000000" + "003c" + "0f0000000161", `       0  [0] double 2.5
       9  [1] true
      11  [2] null
      12  [3] undefined
      13  [4] unsupported
      14  [5] long string "a"
      20  [6] date 1970-01-01T00:00:00.000Z (0 ms), zone 60
      31  [7] XMLDocument #0 "a"
`},
		{"AMF0 containers", syntax.AMF0, "0a00000002" + "08ffffffff" + "0001610700" + "00" + "000009" + "10000143" + "00031b5b6d" + "05" + "000009", `       0  [0] strict array #0, 2 items
       5    [0] ECMA array #1, 1 member (claims 4294967295)
      13      a: reference to #0
      19    [1] object #2 of C, 1 member
      28      "\x1b[m": null
`},
		{"AMF3 text that is no UTF-8, bytes, vectors", syntax.AMF3, "0603ff" + "0c050102" + "0d0501ffffffff00000001" + "100300" + "01" + "01" + "110301" + "0401" + "03", `       0  [0] string not UTF-8: 1 byte: ff
       3  [1] ByteArray #0 2 bytes: 0102
       7  [2] Vector of int #1, fixed, 2 items: -1 1
      18  [3] Vector of object #2, 1 item
      22    [0] null
      23  [4] Dictionary #3, weak, 1 entry
      26    [0] key int 1
      28      = true
`},
		{"small message", syntax.AMF3, "0a0707445341" + "00" + "03" + "01" + "0c21" + "00112233445566778899aabbccddeeff", `       0  [0] externalizable #0 of DSA, traits inline
       8    correlationId: null
       9    correlationId: uid 00112233-4455-6677-8899-AABBCCDDEEFF
`},
		{"trailing bytes", syntax.Remote, "000000000000" + "0102", `       0  packet, version 0: 0 headers, 0 bodies
       6    trailing: 2 bytes: 0102
`},
		{"header", syntax.Remote, "0000" + "0001" + "000158" + "01" + "00000001" + "05" + "0000", `       0  packet, version 0: 1 header, 0 bodies
       4    header 0: "X", must be understood, length 1
      12      null
`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			data, err := hex.DecodeString(tt.hex)
			if err != nil {
				t.Fatal(err)
			}
			doc, err := syntax.Parse(tt.kind, data, nil)
			if err != nil {
				t.Fatal(err)
			}
			var got bytes.Buffer
			if err := doc.WriteText(&got); err != nil {
				t.Fatal(err)
			}
			if got.String() != tt.want {
				t.Errorf("got:\n%s\nwant:\n%s", got.String(), tt.want)
			}
		})
	}
}

// TestSmallMessage has what the vectors lack: reserved values, which a description drops, and a member sent in two forms.
func TestSmallMessage(t *testing.T) {
	const id = "0c2100112233445566778899aabbccddeeff"
	tests := []struct{ name, hex, want string }{
		{"reserved value dropped", "00" + "05" + "01" + "0401", `{"correlationId":{"t":"null"}}`},
		{"two forms", "00" + "03" + "01" + id, `{"correlationId":{"t":"uid","v":"00112233-4455-6677-8899-AABBCCDDEEFF"}}`},
		{"second flag byte", "8001" + id + "00", `{"clientId":{"t":"uid","v":"00112233-4455-6677-8899-AABBCCDDEEFF"}}`},
		{"bytes of another length", "8001" + "0c0301" + "00", `{"clientId":{"t":"bytes","id":1,"hex":"01"}}`},
		{"reference to the bytes of an id", "8003" + id + "0c02" + "00", `{"clientId":{"t":"uid","v":"00112233-4455-6677-8899-AABBCCDDEEFF"},"messageId":{"t":"ref","id":1}}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			data, err := hex.DecodeString("0a0707445341" + tt.hex)
			if err != nil {
				t.Fatal(err)
			}
			doc, err := syntax.Parse(syntax.AMF3, data, nil)
			if err != nil {
				t.Fatal(err)
			}
			want := `[{"t":"externalizable","id":0,"class":"DSA","traits":"inline","fields":` + tt.want + `}]`
			desc := description(t, doc)
			if string(desc) != want {
				t.Fatalf("got  %s\nwant %s", desc, want)
			}
			again, err := encode(syntax.AMF3, desc)
			if err != nil {
				t.Fatal(err)
			}
			if doc, err = syntax.Parse(syntax.AMF3, again, nil); err != nil {
				t.Fatal(err)
			}
			if got := description(t, doc); !bytes.Equal(got, desc) {
				t.Errorf("encoded and decoded: got  %s\nwant %s", got, desc)
			}
		})
	}
}
