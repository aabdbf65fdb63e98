package amf

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"testing"

	"github.com/patchbay-go/patchbay/core/value"
)

// A matcher walks tokens and a vector's description side by side. The description counts references per table, tokens by ID;
// which ID has which number is learnt on the way.
type matcher struct {
	r       value.Reader
	version Version
	ids     map[Version]map[int]int32
}

// A node is a description.
type node map[string]any

func newMatcher(r value.Reader, version Version) *matcher {
	return &matcher{r: r, version: version, ids: map[Version]map[int]int32{AMF0: {}, AMF3: {}}}
}

func (m *matcher) next(kind value.Kind) (t value.Token, err error) {
	if err = m.r.Next(&t); err != nil {
		return t, err
	}
	if t.Kind != kind {
		return t, fmt.Errorf("got %v %q, want %v", t.Kind, t.Text(), kind)
	}
	return t, nil
}

// textOf returns what the Reader makes of a described text.
func textOf(v any) string {
	if raw, ok := v.(map[string]any); ok {
		b, err := hex.DecodeString(raw["raw"].(string))
		if err != nil {
			panic(err)
		}
		joined, _ := joinSurrogates(b)
		return string(joined)
	}
	return v.(string)
}

func number(v any) float64 {
	f, err := strconv.ParseFloat(fmt.Sprint(v), 64)
	if err != nil {
		panic(err)
	}
	return f
}

func (m *matcher) texts(kind value.Kind, want any) (value.Token, error) {
	t, err := m.next(kind)
	if err == nil && !t.TextIs(textOf(want)) {
		err = fmt.Errorf("got %v %q, want %q", kind, t.Text(), textOf(want))
	}
	return t, err
}

func (m *matcher) bits(kind value.Kind, want uint64) (value.Token, error) {
	t, err := m.next(kind)
	if err == nil && t.Num != want {
		err = fmt.Errorf("got %v %#x, want %#x", kind, t.Num, want)
	}
	return t, err
}

// value compares the next value with d.
func (m *matcher) value(d node) (err error) {
	var t value.Token
	switch d["t"] {
	case "undefined", "unsupported":
		_, err = m.next(value.KindUndefined)
	case "null":
		_, err = m.next(value.KindNull)
	case "bool":
		t, err = m.next(value.KindBool)
		if err == nil && (t.Num == 1) != d["v"].(bool) {
			err = fmt.Errorf("got bool %d, want %v", t.Num, d["v"])
		}
	case "int":
		_, err = m.bits(value.KindInt, uint64(int64(number(d["v"]))))
	case "double":
		bits, _ := strconv.ParseUint(d["bits"].(string), 16, 64)
		_, err = m.bits(value.KindFloat, bits)
	case "string":
		_, err = m.texts(value.KindString, d["v"])
	case "uid":
		_, err = m.texts(value.KindString, d["v"])
	case "xml":
		t, err = m.texts(value.KindXML, d["v"])
	case "xmldoc":
		t, err = m.texts(value.KindXMLDoc, d["v"])
	case "date":
		t, err = m.date(d)
	case "bytes":
		t, err = m.next(value.KindBytes)
		if got := hex.EncodeToString(t.Bytes); err == nil && got != d["hex"] {
			err = fmt.Errorf("got bytes %s, want %s", got, d["hex"])
		}
	case "ref":
		want, ok := m.ids[m.version][int(number(d["id"]))]
		if t, err = m.next(value.KindRef); err == nil && (!ok || int32(t.Num) != want) {
			err = fmt.Errorf("got reference to %d, want %d", t.Num, want)
		}
		return err
	case "amf3":
		m.version = AMF3
		err = m.value(sub(d["v"]))
		m.version = AMF0
		return err
	default:
		return m.container(d)
	}
	m.learn(d, t)
	return err
}

func (m *matcher) date(d node) (value.Token, error) {
	t, err := m.next(value.KindTime)
	want, got := number(d["ms"]), math.Float64frombits(t.Num)
	if err == nil && got != want && !(math.IsNaN(got) && math.IsNaN(want)) {
		err = fmt.Errorf("got time %v, want %v", got, want)
	}
	return t, err
}

func (m *matcher) learn(d node, t value.Token) {
	if id, ok := d["id"]; ok {
		m.ids[m.version][int(number(id))] = t.ID
	}
}

func (m *matcher) begin(d node, kind value.Kind, n uint64) (value.Token, error) {
	t, err := m.next(kind)
	if err == nil && kind != value.KindObject && kind != value.KindMap && t.Num != n {
		err = fmt.Errorf("got %v of %d, want %d", kind, int64(t.Num), int64(n))
	}
	m.learn(d, t)
	return t, err
}

// container compares a value that has others in it.
func (m *matcher) container(d node) error {
	switch d["t"] {
	case "strict-array":
		return m.run(d, value.KindList, list(d["items"]), nil)
	case "ecma-array":
		return m.run(d, value.KindMixed, nil, list(d["members"]))
	case "array":
		if len(list(d["assoc"])) == 0 {
			return m.run(d, value.KindList, list(d["dense"]), nil)
		}
		return m.run(d, value.KindMixed, list(d["dense"]), list(d["assoc"]))
	case "vector":
		return m.vector(d)
	case "dictionary":
		t, err := m.begin(d, value.KindDictionary, uint64(len(list(d["items"]))))
		if err == nil && t.Flag != d["weak"] {
			err = fmt.Errorf("got weak %v, want %v", t.Flag, d["weak"])
		}
		for _, pair := range list(d["items"]) {
			err = errors.Join(err, m.value(sub(list(pair)[0])), m.value(sub(list(pair)[1])))
		}
		return errors.Join(err, m.end())
	case "object":
		return m.object(d)
	case "externalizable":
		return m.externalizable(d)
	}
	return fmt.Errorf("no such type: %v", d["t"])
}

func (m *matcher) end() error {
	_, err := m.next(value.KindEnd)
	return err
}

func (m *matcher) named(members []any) error {
	for _, member := range members {
		pair := list(member)
		if _, err := m.texts(value.KindName, pair[0]); err != nil {
			return err
		}
		if err := m.value(sub(pair[1])); err != nil {
			return fmt.Errorf(".%v: %w", pair[0], err)
		}
	}
	return nil
}

func (m *matcher) items(items []any) error {
	for i, item := range items {
		if err := m.value(sub(item)); err != nil {
			return fmt.Errorf("[%d]: %w", i, err)
		}
	}
	return nil
}

func (m *matcher) run(d node, kind value.Kind, items, members []any) error {
	if _, err := m.begin(d, kind, uint64(len(items))); err != nil {
		return err
	}
	if err := m.named(members); err != nil {
		return err
	}
	if err := m.items(items); err != nil {
		return err
	}
	return m.end()
}

func (m *matcher) vector(d node) error {
	kinds := map[any]value.Kind{"int": value.KindVectorInt, "uint": value.KindVectorUint, "double": value.KindVectorDouble,
		"object": value.KindVectorObject}
	items := list(d["items"])
	t, err := m.begin(d, kinds[d["of"]], uint64(len(items)))
	if err != nil {
		return err
	}
	if t.Flag != d["fixed"] {
		return fmt.Errorf("got fixed %v, want %v", t.Flag, d["fixed"])
	}
	for _, item := range items {
		switch d["of"] {
		case "int":
			_, err = m.bits(value.KindInt, uint64(int64(number(item))))
		case "uint":
			_, err = m.bits(value.KindUint, uint64(number(item)))
		default:
			err = m.value(sub(item))
		}
		if err != nil {
			return err
		}
	}
	return m.end()
}

func (m *matcher) object(d node) error {
	if members, ok := d["members"]; ok { // AMF0
		if d["class"] == "" && d["typed"] == nil {
			return m.run(d, value.KindMap, nil, list(members))
		}
		t, err := m.begin(d, value.KindObject, 0)
		if err == nil && t.Shape.Class != d["class"] {
			err = fmt.Errorf("got class %q, want %q", t.Shape.Class, d["class"])
		}
		return errors.Join(err, m.named(list(members)), m.end())
	}
	sealed, dynamic := list(d["sealed"]), d["dynamic"].(bool)
	kind := value.KindObject
	if d["class"] == "" && dynamic && len(sealed) == 0 {
		kind = value.KindMap
	}
	t, err := m.begin(d, kind, value.Unknown)
	if err != nil {
		return err
	}
	if kind == value.KindObject {
		if s := t.Shape; s.Class != textOf(d["class"]) || s.Dynamic != dynamic || len(s.Sealed) != len(sealed) {
			return fmt.Errorf("got shape %+v, want class %v, dynamic %v, %d sealed", s, d["class"], dynamic, len(sealed))
		}
		for i, member := range sealed {
			if name := textOf(list(member)[0]); t.Shape.Sealed[i] != name {
				return fmt.Errorf("got name %q, want %q", t.Shape.Sealed[i], name)
			}
			if err := m.value(sub(list(member)[1])); err != nil {
				return fmt.Errorf(".%v: %w", list(member)[0], err)
			}
		}
	}
	return errors.Join(m.named(list(d["dynamic_members"])), m.end())
}

func (m *matcher) externalizable(d node) error {
	t, err := m.begin(d, value.KindObject, 0)
	if err != nil {
		return err
	}
	fields, _ := d["fields"].(map[string]any)
	if source, ok := d["source"]; ok {
		fields = map[string]any{"source": source}
	}
	for _, e := range list(d["entries"]) {
		if fields == nil {
			fields = map[string]any{}
		}
		fields[textOf(list(e)[0])] = list(e)[1]
	}
	if len(fields) != len(t.Shape.Sealed) || t.Shape.Class != d["class"] {
		return fmt.Errorf("got shape %+v, want %v with %v", t.Shape, d["class"], fields)
	}
	for _, name := range t.Shape.Sealed {
		want, ok := fields[name]
		if !ok {
			return fmt.Errorf("%s is not a member of %v", name, fields)
		}
		if err := m.value(sub(want)); err != nil {
			return fmt.Errorf(".%s: %w", name, err)
		}
	}
	return m.end()
}

func list(v any) []any {
	l, _ := v.([]any)
	return l
}

func sub(v any) node { return v.(map[string]any) }

// matchVector compares a vector's bytes with its description.
func matchVector(t testing.TB, v vector) error {
	t.Helper()
	if v.Kind == "packet" {
		return matchPacket(t, v)
	}
	var values []any
	if err := json.Unmarshal(v.Desc, &values); err != nil {
		t.Fatal(err)
	}
	r := NewReader(v.bytes(t), &ReaderOptions{Version: v.version(), Externals: testExternals})
	m := newMatcher(r, v.version())
	if err := m.items(values); err != nil {
		return err
	}
	var last value.Token
	if err := r.Next(&last); err != io.EOF {
		return fmt.Errorf("after the last value: got %v, %w, want io.EOF", last.Kind, err)
	}
	return nil
}

func matchPacket(t testing.TB, v vector) error {
	t.Helper()
	var packet struct{ Headers, Bodies []node }
	if err := json.Unmarshal(v.Desc, &packet); err != nil {
		t.Fatal(err)
	}
	r := NewReader(v.bytes(t), nil)
	r.Seek(4)
	for _, h := range packet.Headers {
		_, err1 := r.UTF("a header's name")
		_, err2 := r.Byte("a header's flag")
		_, err3 := r.Uint32("a header's length")
		r.NewTables()
		if err := errors.Join(err1, err2, err3, newMatcher(r, AMF0).value(sub(h["value"]))); err != nil {
			return fmt.Errorf("header %v: %w", h["name"], err)
		}
	}
	if _, err := r.Uint16("the count of bodies"); err != nil {
		return err
	}
	for i, b := range packet.Bodies {
		_, err1 := r.UTF("a body's target")
		_, err2 := r.UTF("a body's response")
		_, err3 := r.Uint32("a body's length")
		r.NewTables()
		if err := errors.Join(err1, err2, err3, newMatcher(r, AMF0).value(sub(b["value"]))); err != nil {
			return fmt.Errorf("body %d: %w", i, err)
		}
	}
	return nil
}

func TestVectors(t *testing.T) {
	for file, vectors := range allVectors(t) {
		for _, v := range vectors {
			if v.Desc == nil {
				continue
			}
			t.Run(file+"/"+v.Name, func(t *testing.T) {
				if err := matchVector(t, v); err != nil {
					t.Errorf("%v\n%.300s\n%.2000s", err, v.Hex, v.Desc)
				}
			})
		}
	}
}
