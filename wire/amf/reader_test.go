package amf

import (
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/patchbay-go/patchbay/core/value"
)

// TestNumbering: what a reference of AMF0 means depends on who sent it.
func TestNumbering(t *testing.T) {
	const (
		arguments = "0A 00000003"
		date      = "0B 0000000000000000 0000"
		xml       = "0F 00000000"
		object    = "03 000009"
	)
	tests := []struct {
		name      string
		hex       string
		arguments bool
		rule      Numbering
		want      int32 // the ID referred to; IDs count the argument array where it takes a number, dates and XML always
		reason    error
	}{
		{"flash counts the array", arguments + object + object + "07 0001", true, NumberingFlash, 2, nil},
		{"flash counts XML", arguments + xml + object + "07 0002", true, NumberingFlash, 3, nil},
		{"flash does not count dates", arguments + date + object + "07 0001", true, NumberingFlash, 3, nil},
		{"past the end dates count", arguments + date + object + "07 0002", true, NumberingFlash, 3, nil},
		{"far past the end", arguments + date + object + "07 0003", true, NumberingFlash, 0, value.ErrSyntax},
		{"flash never means the array", arguments + object + object + "07 0000", true, NumberingFlash, 0, ErrReferencesArguments},
		{"nor does the specification", arguments + object + object + "07 0000", true, NumberingSpecification, 0, ErrReferencesArguments},
		{"a plain value may", arguments + object + object + "07 0000", false, NumberingFlash, 1, nil},
		{"pyamf does not count the array", arguments + object + object + "07 0000", true, NumberingPyAMF, 1, nil},
		{"pyamf counts dates", arguments + date + object + "07 0001", true, NumberingPyAMF, 2, nil},
		{"pyamf has no second table", arguments + date + object + "07 0002", true, NumberingPyAMF, 0, value.ErrSyntax},
		{"the specification counts neither", "0A 00000004" + date + xml + object + "07 0001", true, NumberingSpecification, 4, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := NewReader(unhex(t, test.hex), &ReaderOptions{Numbering: test.rule})
			if test.arguments {
				r.Arguments(test.rule)
			}
			var tok value.Token
			var err error
			for err == nil && tok.Kind != value.KindRef {
				err = r.Next(&tok)
			}
			if !errors.Is(err, test.reason) || err == nil && int32(tok.Num) != test.want {
				t.Errorf("got reference to %d, %v, want %d, %v", tok.Num, err, test.want, test.reason)
			}
		})
	}
}

// TestArgumentsAgain reads a body again by PyAMF's rule, as an endpoint does.
func TestArgumentsAgain(t *testing.T) {
	buf := unhex(t, "0A 00000002 03 0001 61 05 000009 07 0000")
	r := NewReader(buf, nil)
	r.NewTables()
	r.Arguments(NumberingFlash)
	_, err := count(r)
	if !errors.Is(err, ErrReferencesArguments) {
		t.Fatalf("got %v, want ErrReferencesArguments", err)
	}
	r.Seek(0)
	r.NewTables()
	r.Arguments(NumberingPyAMF)
	list := mustNext(t, r, value.KindList)
	arg := r.Mark()
	object := mustNext(t, r, value.KindMap)
	if err := r.Skip(&object); err != nil {
		t.Fatal(err)
	}
	ref := mustNext(t, r, value.KindRef)
	if int32(ref.Num) != object.ID || list.ID != 0 {
		t.Errorf("got a reference to %d, want %d; the list has ID %d, want 0", ref.Num, object.ID, list.ID)
	}
	m, ok := r.At(int32(ref.Num))
	if !ok || m != arg {
		t.Errorf("got place %+v, want %+v", m, arg)
	}
}

func TestText(t *testing.T) {
	tests := []struct {
		name, hex, want string
		strict          bool
		reason          error
	}{
		{"emoji", "06 09 F09F9880", "😀", true, nil},
		{"surrogates one by one", "06 0D EDA0BDEDB880", "😀", true, nil},
		{"surrogates amid text", "06 13 C3A9 EDA0BDEDB880 7A", "é😀z", false, nil},
		{"half a pair", "06 07 EDA0BD", "\xed\xa0\xbd", false, nil},
		{"half a pair, strict", "06 07 EDA0BD", "", true, value.ErrSyntax},
		{"Latin-1", "06 03 E9", "\xe9", false, nil},
		{"Latin-1, strict", "06 03 E9", "", true, value.ErrSyntax},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := NewReader(unhex(t, test.hex), &ReaderOptions{Version: AMF3, Strict: test.strict})
			var tok value.Token
			if err := r.Next(&tok); !errors.Is(err, test.reason) {
				t.Fatalf("got %v, want %v", err, test.reason)
			}
			if tok.Text() != test.want {
				t.Errorf("got %q, want %q", tok.Text(), test.want)
			}
		})
	}
}

// TestStringSlot: a string that is referred to is made once.
func TestStringSlot(t *testing.T) {
	r := NewReader(unhex(t, "06 07 616263 06 00"), &ReaderOptions{Version: AMF3})
	first := mustNext(t, r, value.KindString)
	first.Text()
	again := mustNext(t, r, value.KindString)
	if allocs := testing.AllocsPerRun(10, func() { again.Text() }); allocs > 0 {
		t.Errorf("got %v allocations for a string that was made before, want 0", allocs)
	}
}

func TestLimits(t *testing.T) {
	tests := []struct {
		name   string
		hex    string
		limits value.Limits
		reason error
	}{
		{"depth reached", "0A0B01 0361 0A01 01 01", value.Limits{Depth: 2}, nil},
		{"depth passed", "0A0B01 0361 0A01 01 01", value.Limits{Depth: 1}, value.ErrLimit},
		{"collections reached", "0903010903010101", value.Limits{Collections: 2}, nil},
		{"collections passed", "0903010903010101", value.Limits{Collections: 1}, value.ErrLimit},
		{"collections closed", "0905010901010901 01", value.Limits{Collections: 2}, nil},
		{"elements reached", "0907010101 01", value.Limits{Elements: 4}, nil},
		{"elements passed", "0907010101 01", value.Limits{Elements: 3}, value.ErrLimit},
		{"members passed", "0A0B01 036101 036201 01", value.Limits{Elements: 2}, value.ErrLimit},
		{"bytes reached", "0101", value.Limits{Bytes: 2}, nil},
		{"bytes passed", "0101", value.Limits{Bytes: 1}, value.ErrLimit},
		{"claims add up", "0909010907010907010907 01", value.Limits{}, value.ErrTruncated},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := dump(NewReader(unhex(t, test.hex), &ReaderOptions{Version: AMF3, Limits: test.limits}))
			if !errors.Is(err, test.reason) {
				t.Errorf("got %v, want %v", err, test.reason)
			}
		})
	}
}

// TestRereadIsBounded: entering a large value again and again comes to an end.
func TestRereadIsBounded(t *testing.T) {
	r := NewReader(unhex(t, "0907010101 01"), &ReaderOptions{Version: AMF3, Limits: value.Limits{Elements: 4}})
	m := r.Mark()
	var err error
	passes := 0
	for ; err == nil && passes < 100; passes++ {
		if err = r.Enter(m); err == nil {
			_, err = dump(r)
			r.Leave()
		}
	}
	if !errors.Is(err, value.ErrLimit) || passes < rereads {
		t.Errorf("got %v after %d passes, want ErrLimit after at least %d", err, passes, rereads)
	}
}

// TestShapesAreKept: objects of later units have the Shapes of earlier ones, but what hostile units make up is bounded.
func TestShapesAreKept(t *testing.T) {
	opts := &ReaderOptions{Version: AMF3}
	order := unhex(t, "0A 13 03 58 03 61 01")
	r := NewReader(order, opts)
	first := mustNext(t, r, value.KindObject)
	r.Reset(unhex(t, "0A 13 03 58 03 61 01 0A 13 03 58 03 62 01"), opts)
	again := mustNext(t, r, value.KindObject)
	if again.Shape != first.Shape {
		t.Error("got another Shape for the same traits")
	}
	if err := r.Skip(&again); err != nil {
		t.Fatal(err)
	}
	if other := mustNext(t, r, value.KindObject); other.Shape == first.Shape {
		t.Error("got the same Shape for other traits")
	}
	for i := range 3 * maxShapes {
		r.Reset(fmt.Appendf(nil, "\x0a\x03\x09%04d", i), opts)
		mustNext(t, r, value.KindObject)
	}
	if n := len(r.shapes.byHash); n > maxShapes {
		t.Errorf("got %d Shapes kept, want at most %d", n, maxShapes)
	}
	r.Reset(append([]byte("\x0a\x03\xce\x11"), strings.Repeat("x", 5000)...), opts)
	large := mustNext(t, r, value.KindObject)
	for _, s := range r.shapes.byHash {
		if s == large.Shape {
			t.Error("a large Shape was kept")
		}
	}
}

// TestResetLetsGo: a Reader that is put aside pins nothing of its last unit.
func TestResetLetsGo(t *testing.T) {
	r := new(Reader)
	freed := make(chan struct{})
	func() {
		buf := make([]byte, 1<<16)
		copy(buf, unhex(t, "06 07 616263 0A 07 07 44534B 01 06 00 00 00"))
		runtime.AddCleanup(&buf[0], func(int) { close(freed) }, 0)
		r.Reset(buf, &ReaderOptions{Version: AMF3})
		mustNext(t, r, value.KindString)
		mustNext(t, r, value.KindObject)
		r.Reset(nil, nil)
	}()
	for range 10 {
		runtime.GC()
		select {
		case <-freed:
			return
		default:
			runtime.Gosched()
		}
	}
	t.Error("the input is still referred to")
	runtime.KeepAlive(r)
}

// TestPacketFields reads a packet's head as an endpoint does.
func TestPacketFields(t *testing.T) {
	r := NewReader(unhex(t, "0003 0000 0001 0001 61 0002 2F31 FFFFFFFF 05 7F"), nil)
	var got []any
	add := func(v any, err error) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, v)
	}
	add(r.Uint16("version"))
	add(r.Uint16("headers"))
	add(r.Uint16("bodies"))
	add(r.UTF("target"))
	add(r.UTF("response"))
	add(r.Uint32("length"))
	mustNext(t, r, value.KindNull)
	add(r.Byte("last"))
	if diff := cmp.Diff([]any{uint16(3), uint16(0), uint16(1), "a", "/1", uint32(1<<32 - 1), byte(0x7F)}, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if _, err := r.UTF("more"); !errors.Is(err, value.ErrTruncated) || r.Offset() != len(r.in.Buf) {
		t.Errorf("got %v at %d, want ErrTruncated at the end", err, r.Offset())
	}
	var tok value.Token
	if err := r.Next(&tok); err != io.EOF {
		t.Errorf("got %v at the end, want io.EOF", err)
	}
}

func TestReadAllocations(t *testing.T) {
	buf := orders(t)
	opts := &ReaderOptions{Version: AMF3}
	r := NewReader(buf, opts)
	w := NewWriter(&WriterOptions{AMF3: true})
	allocs := testing.AllocsPerRun(5, func() {
		r.Reset(buf, opts)
		w.Reset(&WriterOptions{AMF3: true})
		if err := copyTokens(w, r); err != nil {
			t.Fatal(err)
		}
	})
	if allocs > 4 {
		t.Errorf("got %v allocations to copy 16,000 tokens, want at most 4", allocs)
	}
}
