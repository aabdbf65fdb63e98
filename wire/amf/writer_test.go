package amf

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/patchbay-go/patchbay/core/value"
)

func floatToken(f float64) value.Token {
	return value.Token{Kind: value.KindFloat, Num: math.Float64bits(f)}
}

func textToken(kind value.Kind, s string) value.Token { return value.Token{Kind: kind, Str: &s} }

func TestWriteScalars(t *testing.T) {
	integer := func(v int64) value.Token { return value.Token{Kind: value.KindInt, Num: uint64(v)} }
	long := strings.Repeat("é", 1<<15)
	tests := []struct {
		name       string
		in         value.Token
		amf0, amf3 string
	}{
		{"null", value.Token{Kind: value.KindNull}, "05", "01"},
		{"undefined", value.Token{Kind: value.KindUndefined}, "06", "00"},
		{"true", value.Token{Kind: value.KindBool, Num: 1}, "0101", "03"},
		{"largest integer", integer(1<<28 - 1), "0041affffffe000000", "04bfffffff"},
		{"beyond", integer(1 << 28), "0041b0000000000000", "0541b0000000000000"},
		{"smallest integer", integer(-1 << 28), "00c1b0000000000000", "04c0808000"},
		{"below", integer(-1<<28 - 1), "00c1b0000001000000", "05c1b0000001000000"},
		{"rounded beyond 53 bits", integer(1<<53 + 1), "004340000000000000", "054340000000000000"},
		{"unsigned", value.Token{Kind: value.KindUint, Num: 1 << 31}, "0041e0000000000000", "0541e0000000000000"},
		{"unsigned small", value.Token{Kind: value.KindUint, Num: 128}, "004060000000000000", "048100"},
		{"whole double", floatToken(1), "003ff0000000000000", "053ff0000000000000"},
		{"decimal", textToken(value.KindNumber, "1.5"), "003ff8000000000000", "053ff8000000000000"},
		{"whole decimal", textToken(value.KindNumber, "1e2"), "004059000000000000", "0464"},
		{"negative zero", textToken(value.KindNumber, "-0"), "008000000000000000", "058000000000000000"},
		{"huge decimal", textToken(value.KindNumber, "1e999"), "007ff0000000000000", "057ff0000000000000"},
		{"text", textToken(value.KindText, "a"), "02000161", "060361"},
		{"empty string", textToken(value.KindString, ""), "020000", "0601"},
		{"long by bytes", textToken(value.KindString, long), fmt.Sprintf("0c00010000%x", long), fmt.Sprintf("06888001%x", long)},
		{"date", value.Token{Kind: value.KindTime, Num: math.Float64bits(1)}, "0b3ff00000000000000000", "08013ff0000000000000"},
		{"XML", textToken(value.KindXML, "<a/>"), "0f000000043c612f3e", "0b093c612f3e"},
		{"bytes", value.Token{Kind: value.KindBytes, Bytes: []byte{1}}, "110c0301", "0c0301"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for amf3, want := range map[bool]string{false: test.amf0, true: test.amf3} {
				w := NewWriter(&WriterOptions{AMF3: amf3})
				in := test.in
				if err := w.Write(&in); err != nil {
					t.Fatal(err)
				}
				if got := fmt.Sprintf("%x", w.Bytes()); got != want {
					t.Errorf("AMF3 %v: got %.40s, want %.40s", amf3, got, want)
				}
			}
		})
	}
}

// begin returns the token that begins a container.
func begin(kind value.Kind, id int32, n uint64) value.Token {
	return value.Token{Kind: kind, ID: id, Num: n}
}

func TestWriteContainers(t *testing.T) {
	end := value.Token{Kind: value.KindEnd}
	null := value.Token{Kind: value.KindNull}
	name := func(s string) value.Token { return textToken(value.KindName, s) }
	ref := func(id uint64) value.Token { return value.Token{Kind: value.KindRef, Num: id} }
	object := value.Token{Kind: value.KindObject, ID: 1, Shape: &value.Shape{Class: "X", Sealed: []string{"a"}, Dynamic: true}}
	wrapper := value.Token{Kind: value.KindObject, ID: 1, Shape: &value.Shape{Class: classArrayList, Sealed: []string{"source"}, Wrapper: true}}
	dk := value.Token{Kind: value.KindObject, Shape: &value.Shape{Class: "DSK", Sealed: []string{"correlationId", "body"}, External: true}}
	tests := []struct {
		name string
		in   []value.Token
		opts WriterOptions
		want string
	}{
		{"cycle", []value.Token{begin(value.KindList, 1, 1), ref(1), end}, WriterOptions{AMF3: true}, "0903010900"},
		{"cycle in AMF0", []value.Token{begin(value.KindList, 1, 1), ref(1), end}, WriterOptions{}, "0a00000001070000"},
		{"unknown count", []value.Token{begin(value.KindList, 0, value.Unknown), null, null, end}, WriterOptions{AMF3: true}, "0905010101"},
		{"unknown count in AMF0", []value.Token{begin(value.KindList, 0, value.Unknown), null, null, end}, WriterOptions{}, "0a000000020505"},
		{"mixed", []value.Token{begin(value.KindMixed, 0, 1), name("a"), null, null, end}, WriterOptions{AMF3: true}, "09030361010101"},
		{"mixed in AMF0", []value.Token{begin(value.KindMixed, 0, 1), name("a"), null, null, end}, WriterOptions{}, "08000000010001610500013005000009"},
		{"mixed with an index", []value.Token{begin(value.KindMixed, 0, 0), name("7"), null, end}, WriterOptions{}, "080000000800013705000009"},
		{"object", []value.Token{object, null, name("b"), null, end}, WriterOptions{AMF3: true}, "0a1b035803610103620101"},
		{"object in AMF0", []value.Token{object, null, name("b"), null, end}, WriterOptions{}, "100001580001610500016205000009"},
		{"traits again", []value.Token{object, null, end, object, null, end}, WriterOptions{AMF3: true}, "0a1b035803610101" + "0a010101"},
		{"wrapper in AMF0, both IDs", []value.Token{begin(value.KindList, 9, 3), wrapper, begin(value.KindList, 2, 0), end, end, ref(1), ref(2), end},
			WriterOptions{}, "0a000000030a00000000070001070001"},
		{"wrapped reference in AMF0", []value.Token{begin(value.KindList, 2, 2), wrapper, ref(2), end, ref(1), end}, WriterOptions{}, "0a00000002070000070000"},
		{"wrapped text in AMF0", []value.Token{begin(value.KindList, 9, 2), wrapper, textToken(value.KindString, "a"), end, ref(1), end},
			WriterOptions{}, "0a000000020200016102000161"},
		{"date by value", []value.Token{begin(value.KindList, 1, 2), {Kind: value.KindTime, ID: 2}, ref(2), end}, WriterOptions{},
			"0a00000002" + strings.Repeat("0b00000000000000000000", 2)},
		{"bytes shared behind 0x11", []value.Token{begin(value.KindList, 1, 2), {Kind: value.KindBytes, ID: 2, Bytes: []byte{1}}, ref(2), end}, WriterOptions{},
			"0a00000002110c0301110c00"},
		{"vector behind 0x11, its count unknown", []value.Token{begin(value.KindVectorInt, 0, value.Unknown), {Kind: value.KindInt, Num: 7}, end}, WriterOptions{},
			"110d030000000007"},
		{"legacy XML", []value.Token{textToken(value.KindXML, "x")}, WriterOptions{AMF3: true, UseLegacyXML: true}, "070378"},
		{"small message", []value.Token{dk, textToken(value.KindString, "00010203-0405-0607-0809-0A0B0C0D0E0F"), null, end}, WriterOptions{AMF3: true},
			"0a070744534b00020c21000102030405060708090a0b0c0d0e0f00"},
		{"small message in AMF0", []value.Token{dk, null, textToken(value.KindString, "b"), end}, WriterOptions{}, "110a070744534b010603620000"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := NewWriter(&test.opts)
			for i := range test.in {
				if err := w.Write(&test.in[i]); err != nil {
					t.Fatalf("token %d: %v", i, err)
				}
			}
			if got := fmt.Sprintf("%x", w.Bytes()); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

func TestWriteErrors(t *testing.T) {
	end := value.Token{Kind: value.KindEnd}
	null := value.Token{Kind: value.KindNull}
	unknown := value.Token{Kind: value.KindObject, Shape: &value.Shape{Class: "X", External: true}}
	tests := []struct {
		name   string
		in     []value.Token
		opts   WriterOptions
		reason error
		want   string
	}{
		{"too few", []value.Token{begin(value.KindList, 0, 1), end}, WriterOptions{AMF3: true}, value.ErrEncode, "fewer values"},
		{"too many", []value.Token{begin(value.KindList, 0, 0), null}, WriterOptions{AMF3: true}, value.ErrEncode, "more values"},
		{"end of nothing", []value.Token{end}, WriterOptions{}, value.ErrEncode, "an end"},
		{"value without name", []value.Token{begin(value.KindMap, 0, 1), null}, WriterOptions{AMF3: true}, value.ErrEncode, "without a name"},
		{"name in a list", []value.Token{begin(value.KindList, 0, 1), textToken(value.KindName, "a")}, WriterOptions{}, value.ErrEncode, "none is due"},
		{"empty name", []value.Token{begin(value.KindMap, 0, 1), textToken(value.KindName, "")}, WriterOptions{AMF3: true}, value.ErrEncode, "empty name"},
		{"long name", []value.Token{begin(value.KindMap, 0, 1), textToken(value.KindName, strings.Repeat("x", 1<<16))}, WriterOptions{}, value.ErrEncode, "65,535"},
		{"unknown reference", []value.Token{{Kind: value.KindRef, Num: 7}}, WriterOptions{AMF3: true}, value.ErrEncode, "has not been written"},
		{"references off", []value.Token{begin(value.KindList, 1, 1), {Kind: value.KindRef, Num: 1}}, WriterOptions{AMF3: true, NoReferences: true}, value.ErrEncode, "none"},
		{"from AMF3 to AMF0", []value.Token{begin(value.KindList, 1, 1), begin(value.KindVectorObject, 0, 1), {Kind: value.KindRef, Num: 1}}, WriterOptions{}, value.ErrEncode, "cannot say"},
		{"unknown class", []value.Token{unknown, end}, WriterOptions{AMF3: true}, value.ErrEncode, "not known"},
		{"wrong item", []value.Token{begin(value.KindVectorInt, 0, 1), {Kind: value.KindInt, Num: 1 << 31}}, WriterOptions{AMF3: true}, value.ErrEncode, "vector of int"},
		{"not a number", []value.Token{textToken(value.KindNumber, "x")}, WriterOptions{}, value.ErrEncode, "not a number"},
		{"depth", []value.Token{begin(value.KindList, 0, 1), begin(value.KindList, 0, 1)}, WriterOptions{Limits: value.Limits{Depth: 1}}, value.ErrLimit, "within each other"},
		{"bytes", []value.Token{null, null, null}, WriterOptions{Limits: value.Limits{Bytes: 1}}, value.ErrLimit, "limit of bytes"},
		{"odd dictionary", []value.Token{begin(value.KindDictionary, 0, value.Unknown), null, end}, WriterOptions{AMF3: true}, value.ErrEncode, "key without a value"},
		{"invalid token", []value.Token{{}}, WriterOptions{}, value.ErrEncode, "invalid"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := NewWriter(&test.opts)
			var err error
			for i := 0; err == nil && i < len(test.in); i++ {
				err = w.Write(&test.in[i])
			}
			if !errors.Is(err, test.reason) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %v: %s", err, test.reason, test.want)
			}
		})
	}
}

// TestWriteManyReferences0: AMF0 refers by 16 bits; what is past them is repeated.
func TestWriteManyReferences0(t *testing.T) {
	const n = 1<<16 + 1
	w := NewWriter(nil)
	write := func(tok value.Token) {
		t.Helper()
		if err := w.Write(&tok); err != nil {
			t.Fatal(err)
		}
	}
	write(begin(value.KindList, 1, n+2))
	for i := range n {
		write(begin(value.KindMap, int32(i+2), 0))
		write(value.Token{Kind: value.KindEnd})
	}
	at := w.Len()
	write(value.Token{Kind: value.KindRef, Num: 1 << 16}) // number 65,535
	write(value.Token{Kind: value.KindRef, Num: 1<<16 + 1})
	if got, want := fmt.Sprintf("%x", w.Bytes()[at:]), "07ffff"+"03000009"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestWritePacket frames values as a packet does: two bodies, each with tables of its own.
func TestWritePacket(t *testing.T) {
	w := NewWriter(nil)
	w.Uint16(3)
	for range 2 {
		if err := w.UTF("/1"); err != nil {
			t.Fatal(err)
		}
		at := w.Len()
		w.Uint32(0)
		w.NewTables()
		list := begin(value.KindList, 1, 2)
		text, end := textToken(value.KindString, "a"), value.Token{Kind: value.KindEnd}
		if err := w.Write(&list); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			w.BehindMarker()
			if err := w.Write(&text); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Write(&end); err != nil {
			t.Fatal(err)
		}
		w.PutUint32(at, uint32(w.Len()-at-4))
	}
	const body = "00022f31" + "0000000c" + "0a00000002" + "11060361" + "110600"
	if got, want := fmt.Sprintf("%x", w.Bytes()), "0003"+body+body; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	w.Truncate(2)
	if w.Len() != 2 {
		t.Errorf("got length %d after Truncate, want 2", w.Len())
	}
}

// Traits are found by content and by pointer, whether there are few of them or many, and in the next unit too.
func TestTraitsNumbers(t *testing.T) {
	var table traitTable
	for _, n := range []int{fewTraits, fewTraits + 1, 3 * fewTraits, 2} {
		table.reset()
		shapes := func() (list []*value.Shape) {
			for i := range n {
				list = append(list, &value.Shape{Class: fmt.Sprint("c", i), Sealed: []string{"a"}})
			}
			return list
		}
		first := shapes()
		for i, s := range first {
			if number, found := table.find(s); found || number != int32(i) {
				t.Errorf("new traits %d of %d: got number %d, found %v", i, n, number, found)
			}
		}
		for i, s := range append(first, shapes()...) {
			if number, found := table.find(s); !found || number != int32(i%n) {
				t.Errorf("traits %d of %d again: got number %d, found %v", i, n, number, found)
			}
		}
	}
}
