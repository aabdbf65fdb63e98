package value_test

import (
	"bytes"
	"errors"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/patchbay-go/patchbay/core/value"
	"github.com/patchbay-go/patchbay/wire/amf"
	"github.com/patchbay-go/patchbay/wire/json"
)

// TestPackedDamage reads bytes that nobody packed. Each row is one thing that could be wrong; docs of the form say what the bytes are.
func TestPackedDamage(t *testing.T) {
	const form = "\x01"
	tests := []struct {
		name   string
		packed string
		reason error
	}{
		{"another form", "\x02\x00", value.ErrSyntax},
		{"form alone", form, value.ErrTruncated},
		{"unknown tag", form + "\x1f", value.ErrSyntax},
		{"flag on a string", form + "\x49\x01", value.ErrSyntax},
		{"flag on an object", form + "\x56\x00\x01\x00\x00", value.ErrSyntax},
		{"flag on an array with names", form + "\x50\x00\x00", value.ErrSyntax},
		{"more behind the value", form + "\x00\x00", value.ErrSyntax},
		{"number cut off", form + "\x04\x80", value.ErrTruncated},
		{"number too long", form + "\x05" + strings.Repeat("\xff", 10) + "\x01", value.ErrSyntax},
		{"float cut off", form + "\x06\x00\x00", value.ErrTruncated},
		{"bytes cut off", form + "\x0a\x05ab", value.ErrTruncated},
		{"bytes of a length beyond all", form + "\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", value.ErrTruncated},
		{"string cut off", form + "\x09\x0bab", value.ErrTruncated},
		{"string of a length beyond all", form + "\x09\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", value.ErrTruncated},
		{"text that was not before", form + "\x09\x02", value.ErrSyntax},
		{"end of names as a string", form + "\x09\x00", value.ErrSyntax},
		{"list longer than its bytes", form + "\x0e\x05\x00", value.ErrTruncated},
		{"late count beyond all", form + "\x2e\xff\xff\xff\xff\x00", value.ErrTruncated},
		{"late count cut off", form + "\x2e\xff", value.ErrTruncated},
		{"lists that announce the same bytes", form + "\x0e\x05\x0e\x05\x00\x00\x00\x00\x00", value.ErrTruncated},
		{"doubles longer than their bytes", form + "\x13\x02" + strings.Repeat("\x00", 15), value.ErrTruncated},
		{"names without an end", form + "\x2f\x03a\x00", value.ErrTruncated},
		{"name without a value", form + "\x2f\x03a", value.ErrTruncated},
		{"counted names cut off", form + "\x0f\x01\x03a", value.ErrTruncated},
		{"key without a value", form + "\x15\x01\x00", value.ErrTruncated},
		{"shape that was not before", form + "\x16\x01", value.ErrSyntax},
		{"shape with unknown flags", form + "\x16\x00\x01\x08\x00", value.ErrSyntax},
		{"shape with more names than bytes", form + "\x16\x00\x01\x00\x7f\x01", value.ErrTruncated},
		{"shape cut off", form + "\x16\x00\x01", value.ErrTruncated},
		{"object without its sealed members", form + "\x16\x00\x01\x00\x01\x01", value.ErrTruncated},
		{"reference to nothing", form + "\x17\x00", value.ErrSyntax},
		{"reference to what is no value", form + "\x0e\x02\x0a\x01a\x17\x04", value.ErrSyntax},
		{"reference to what has no bit", form + "\x0e\x02\x00\x17\x03", value.ErrSyntax},
		{"reference to what comes later", form + "\x0e\x02\x17\x05\x80", value.ErrSyntax},
		{"reference beyond all", form + "\x8e\x01\x17\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", value.ErrSyntax},
		{"reference to a reference", form + "\x8e\x01\x97\x01", value.ErrSyntax},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := value.Packed(tt.packed)
			for what, err := range map[string]error{
				"Check": p.Check(value.Limits{}),
				"Bind":  p.Bind(new(any), nil, value.Limits{}),
				"JSON":  encodeJSON(p),
			} {
				var e *value.Error
				if !errors.As(err, &e) || !errors.Is(err, tt.reason) {
					t.Errorf("%s: got %v, want %v", what, err, tt.reason)
				}
			}
		})
	}
}

func encodeJSON(p value.Packed) error {
	var w json.Writer
	w.Reset(nil, value.Limits{})
	return value.NewEncoder(&w, nil, value.Limits{}).Encode(p)
}

// TestPackedAmplification is TestAmplification for what lies packed: a few hundred bytes that would be ten billion values.
func TestPackedAmplification(t *testing.T) {
	var list any = []any{1.0}
	for range 10 {
		next := make([]any, 10)
		for i := range next {
			next[i] = list
		}
		list = next
	}
	p, err := value.PackValue(list, nil, value.Limits{})
	if err != nil || len(p) > 400 {
		t.Fatalf("%d bytes, %v", len(p), err)
	}
	if err := p.Bind(new(any), nil, value.Limits{}); err != nil {
		t.Errorf("shared: %v", err)
	}
	for name, err := range map[string]error{"typed": p.Bind(new([][][][][][][][][][][]int), nil, value.Limits{}), "JSON": encodeJSON(p)} {
		if !errors.Is(err, value.ErrLimit) {
			t.Errorf("%s: got %v, want a limit", name, err)
		}
	}
}

// TestPackedMemory reads what takes the most memory for its bytes: names that all refer to one long text, and shapes without end.
func TestPackedMemory(t *testing.T) {
	long := strings.Repeat("n", 1<<16)
	names := slices.Repeat([]string{long}, 1<<15)
	var shapes []value.Token
	for i := range 1 << 12 {
		shapes = append(shapes, class(0, strings.Repeat("c", i%64), long[:i%512]), null(), end())
	}
	for name, tokens := range map[string][]value.Token{
		"names":  slices.Concat(toks(class(0, long, names...)), slices.Repeat(toks(null()), len(names)), toks(end())),
		"shapes": slices.Concat(toks(list(0, 1<<12)), shapes, toks(end())),
	} {
		t.Run(name, func(t *testing.T) {
			p, err := value.Pack(&tape{tokens: tokens}, value.Limits{})
			if err != nil {
				t.Fatal(err)
			}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			if err := p.Check(value.Limits{}); err != nil {
				t.Error(err)
			}
			runtime.ReadMemStats(&after)
			if got, most := after.TotalAlloc-before.TotalAlloc, uint64(64*len(p)); got > most {
				t.Errorf("%d bytes took %d, want %d at most", len(p), got, most)
			}
		})
	}
}

// FuzzPacked reads whatever bytes there are. Nothing may panic or take memory without limit, errors are *value.Error, and what can be
// read is packed again to bytes that stay the same from then on.
func FuzzPacked(f *testing.F) {
	for _, tt := range packable {
		p, err := value.Pack(&tape{tokens: tt.tokens}, value.Limits{})
		if err != nil {
			f.Fatal(err)
		}
		f.Add([]byte(p))
	}
	for _, v := range vectors(f) {
		version := amf.AMF0
		if v.amf3 {
			version = amf.AMF3
		}
		if p, err := value.Pack(amf.NewReader(v.bytes, &amf.ReaderOptions{Version: version}), value.Limits{}); err == nil && len(p) < 1<<10 {
			f.Add([]byte(p))
		}
	}
	registry := value.NewRegistry()
	registry.Register("com.acme.Order", order{})
	registry.Register("sink", sink{})
	limits := value.Limits{Elements: 1 << 14, Bytes: 1 << 20}
	f.Fuzz(func(t *testing.T, b []byte) {
		p := value.Packed(b)
		failed := p.Check(limits)
		checkError(t, failed)
		for _, dst := range []any{new(any), new(sink), new([]sink), new(map[string]any), new([]*order), new(envelope), new([]any)} {
			checkError(t, p.Bind(dst, registry, limits))
		}
		checkError(t, encodeJSON(p))
		bindLates(t, p, limits)
		if failed != nil {
			return
		}
		once, err := value.PackValue(p, nil, value.Limits{})
		if err != nil {
			t.Fatalf("cannot be packed again: %v\n% x", err, b)
		}
		twice, err := value.PackValue(once, nil, value.Limits{})
		if err != nil || !bytes.Equal(once, twice) {
			t.Errorf("%v\nonce  % x\ntwice % x", err, once, twice)
		}
		if err := once.Check(value.Limits{}); err != nil {
			t.Errorf("%v\n% x", err, once)
		}
		if before, after := encodeAMF3(nil, p, false), encodeAMF3(nil, once, false); before != after {
			t.Errorf("AMF differs:\nbefore %s\nafter  %s", before, after)
		}
	})
}

func checkError(t *testing.T, err error) {
	t.Helper()
	if _, ok := errors.AsType[*value.Error](err); err != nil && !ok {
		t.Errorf("%v is a %T", err, err)
	}
}

// bindLates binds the values of a list, the last first, and so reads every place again behind ones that come later.
func bindLates(t *testing.T, p value.Packed, limits value.Limits) {
	t.Helper()
	var lates []value.Late
	checkError(t, p.Bind(&lates, nil, limits))
	for _, late := range slices.Backward(lates) {
		if !late.IsZero() {
			checkError(t, late.Bind(new(any)))
		}
	}
}
