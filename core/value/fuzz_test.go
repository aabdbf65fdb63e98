package value_test

import (
	"encoding/hex"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/patchbay-go/patchbay/core/value"
	"github.com/patchbay-go/patchbay/wire/amf"
)

// A sink has a field of every sort that a plan can be for.
type sink struct {
	base
	Bool    bool
	Int     int8
	Uint    uint16
	Float   float32
	Text    string
	Bytes   []byte
	Time    time.Time
	Late    value.Late
	Any     any
	Self    *sink
	Shared  *sink `patchbay:"shared,omitempty"`
	List    []sink
	Strings []string
	Array   [2]int
	Map     map[string]*sink
	Numbers map[int]float64
	Keys    map[any]any
	Members value.Members
	Object  value.Object
	Mixed   *value.Array
	Vector  value.Vector[int32]
	Pairs   value.Dictionary
	XML     value.XML
	More    map[string]any `patchbay:",dynamic"`
}

// FuzzBind binds whatever AMF the fuzzer makes up to types of every sort. Nothing may panic or take memory without limit, and what
// was bound must encode, unless it has a cycle into values or text that no string of AMF can hold.
func FuzzBind(f *testing.F) {
	for _, v := range vectors(f) {
		f.Add(v.bytes, v.amf3)
	}
	registry := value.NewRegistry()
	registry.Register("com.acme.Order", order{})
	registry.Register("sink", sink{})
	registry.Register("flex.messaging.messages.RemotingMessage", sink{})
	limits := value.Limits{Elements: 1 << 14, Bytes: 1 << 20}
	f.Fuzz(func(t *testing.T, b []byte, amf3 bool) {
		opts := &amf.ReaderOptions{Limits: limits}
		if amf3 {
			opts.Version = amf.AMF3
		}
		for _, dst := range []any{new(any), new(sink), new([]sink), new(map[string]any), new([]*order), new(value.Late), new([]any)} {
			d := value.NewDecoder(amf.NewReader(b, opts), registry, limits)
			if err := d.Bind(dst); err != nil {
				continue
			}
			w := amf.NewWriter(&amf.WriterOptions{AMF3: amf3, Limits: limits})
			if err := value.NewEncoder(w, registry, limits).Encode(dst); err == nil && len(w.Bytes()) == 0 {
				t.Errorf("%T was encoded to nothing", dst)
			}
		}
	})
}

// FuzzFields binds and encodes everything twice, by tokens and by the short way past them: nothing may tell the difference.
func FuzzFields(f *testing.F) {
	for _, v := range vectors(f) {
		if v.amf3 {
			f.Add(v.bytes)
		}
	}
	registry := value.NewRegistry()
	registry.Register("com.acme.Order", order{})
	registry.Register("sink", sink{})
	for _, v := range []any{
		&sink{base: base{ID: 1 << 20, Kind: "k"}, Bool: true, Int: -1, Text: "text", Time: time.UnixMilli(5), Strings: []string{"a", "", "a"}},
		[]order{{ID: 1, Name: "n", Price: 1.5, Active: true, Created: time.UnixMilli(7), Tags: []string{"n", "t"}}, {Note: "n"}},
	} {
		seed, err := hex.DecodeString(encodeAMF3(registry, v, false))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(seed)
	}
	limits := value.Limits{Elements: 1 << 14, Bytes: 1 << 20}
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, fresh := range []func() any{func() any { return new(sink) }, func() any { return new([]*order) }, func() any { return new([]any) }} {
			fast, slow := fresh(), fresh()
			r := amf.NewReader(b, &amf.ReaderOptions{Version: amf.AMF3})
			errFast := value.NewDecoder(r, registry, limits).Bind(fast)
			errSlow := value.NewDecoder(tokensOnly{amf.NewReader(b, &amf.ReaderOptions{Version: amf.AMF3})}, registry, limits).Bind(slow)
			if errorText(errFast) != errorText(errSlow) {
				t.Fatalf("%T: %v by fields, %v by tokens", fast, errFast, errSlow)
			}
			if errFast != nil {
				continue
			}
			viaFields, viaTokens := encodeAMF3(registry, fast, false), encodeAMF3(registry, slow, true)
			if viaFields != viaTokens {
				t.Fatalf("%T:\nby fields %s\nby tokens %s", fast, viaFields, viaTokens)
			}
		}
	})
}

// tokensOnly is a Reader without ReadFields; tokensOut a Writer without WriteFields.
type (
	tokensOnly struct{ value.Reader }
	tokensOut  struct{ value.Writer }
)

func (r tokensOnly) Start() int { return r.Reader.(value.Starter).Start() }

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func encodeAMF3(registry *value.Registry, v any, tokens bool) string {
	w := amf.NewWriter(&amf.WriterOptions{AMF3: true})
	var out value.Writer = w
	if tokens {
		out = tokensOut{w}
	}
	if err := value.NewEncoder(out, registry, value.Limits{}).Encode(v); err != nil {
		return err.Error()
	}
	return hex.EncodeToString(w.Bytes())
}

// FuzzCopy moves whatever can be read to a Writer with references and to one without.
func FuzzCopy(f *testing.F) {
	for _, v := range vectors(f) {
		f.Add(v.bytes, v.amf3)
	}
	limits := value.Limits{Elements: 1 << 14, Bytes: 1 << 20}
	f.Fuzz(func(t *testing.T, b []byte, amf3 bool) {
		opts := &amf.ReaderOptions{Limits: limits}
		if amf3 {
			opts.Version = amf.AMF3
		}
		w := amf.NewWriter(&amf.WriterOptions{AMF3: true})
		if err := value.Copy(w, amf.NewReader(b, opts), limits); err != nil {
			return
		}
		again := amf.NewWriter(&amf.WriterOptions{AMF3: true})
		first := amf.NewReader(w.Bytes(), &amf.ReaderOptions{Version: amf.AMF3})
		if err := value.Copy(again, first, value.Limits{}); err != nil {
			t.Fatalf("a copy cannot be copied: %v\n% x", err, w.Bytes())
		}
		if string(again.Bytes()) != string(w.Bytes()) {
			t.Errorf("a copy of a copy differs:\n% x\n% x", w.Bytes(), again.Bytes())
		}
		var tok value.Token
		if err := first.Next(&tok); err != io.EOF {
			t.Errorf("something stands behind the copy: %v", err)
		}
		if err := value.Copy(&discard{}, amf.NewReader(b, opts), limits); err != nil && err == io.EOF {
			t.Errorf("without references: %v", err)
		}
	})
}

type vector struct {
	bytes []byte
	amf3  bool
}

// vectors returns the bytes of all AMF vectors that are values.
func vectors(tb testing.TB) []vector {
	tb.Helper()
	files, err := filepath.Glob("../../wire/amf/testdata/vectors/*.json")
	if err != nil || len(files) == 0 {
		tb.Fatalf("no vectors: %v", err)
	}
	var all []vector
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			tb.Fatal(err)
		}
		var rows []struct{ Kind, Hex string }
		if err := json.Unmarshal(text, &rows); err != nil {
			tb.Fatalf("%s: %v", file, err)
		}
		for _, row := range rows {
			if b, err := hex.DecodeString(row.Hex); err == nil && len(b) > 0 && row.Kind != "packet" {
				all = append(all, vector{b, row.Kind == "amf3"})
			}
		}
	}
	return all
}
