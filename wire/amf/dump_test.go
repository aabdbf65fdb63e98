package amf

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/patchbay-go/patchbay/core/value"
)

// A dumper prints tokens, one per line, with IDs counted by appearance, so that two encodings of one value look alike.
type dumper struct {
	b   strings.Builder
	ids map[int32]int
}

func (d *dumper) id(id int32) string {
	if id == 0 {
		return ""
	}
	if d.ids == nil {
		d.ids = make(map[int32]int)
	}
	if _, ok := d.ids[id]; !ok {
		d.ids[id] = len(d.ids) + 1
	}
	return fmt.Sprintf("#%d", d.ids[id])
}

func (d *dumper) token(t *value.Token) {
	fmt.Fprintf(&d.b, "%v%s", t.Kind, d.id(t.ID))
	switch t.Kind {
	case value.KindBool, value.KindInt:
		fmt.Fprintf(&d.b, " %d", int64(t.Num))
	case value.KindUint:
		fmt.Fprintf(&d.b, " %d", t.Num)
	case value.KindFloat, value.KindTime:
		fmt.Fprintf(&d.b, " %v %x", math.Float64frombits(t.Num), t.Num)
	case value.KindRef:
		d.b.WriteString(d.id(int32(t.Num)))
	case value.KindMap:
	case value.KindObject:
		s := t.Shape
		fmt.Fprintf(&d.b, " %q %q dynamic=%v wrapper=%v external=%v", s.Class, s.Sealed, s.Dynamic, s.Wrapper, s.External)
	case value.KindEnd, value.KindNull, value.KindUndefined:
	default:
		if t.Kind.IsContainer() {
			fmt.Fprintf(&d.b, " %d %v", t.Num, t.Flag)
		}
		fmt.Fprintf(&d.b, " %q", t.Text())
	}
	d.b.WriteByte('\n')
}

// dump reads all values of r.
func dump(r value.Reader) (string, error) {
	var d dumper
	for {
		var t value.Token
		if err := r.Next(&t); err == io.EOF {
			return d.b.String(), nil
		} else if err != nil {
			return d.b.String(), err
		}
		d.token(&t)
	}
}

// copyTokens writes all values of r.
func copyTokens(w value.Writer, r value.Reader) error {
	var t value.Token
	for {
		if err := r.Next(&t); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		if err := w.Write(&t); err != nil {
			return fmt.Errorf("write: %w", err)
		}
	}
}

// TestRoundTrip reads every vector of plain values, writes its tokens and reads them again.
func TestRoundTrip(t *testing.T) {
	repeated := []string{"edge-cases.json/amf0_ref_after_xml"}                                             // XML that is referred to is written again in AMF0
	lists := []string{"edge-cases.json/amf0_ref_ecma", "royale-flashplayer.json/AMF0:testArrayInstance#5"} // an empty ECMA array is a list in AMF3
	count := 0
	for file, vectors := range allVectors(t) {
		for _, v := range vectors {
			if v.Desc == nil || v.Kind == "packet" {
				continue
			}
			name := file + "/" + v.Name
			buf := v.bytes(t)
			in := &ReaderOptions{Version: v.version(), Externals: testExternals}
			if v.Kind == "amf3" || !bytes.Contains(v.Desc, []byte(`"amf3"`)) && !slices.Contains(repeated, name) {
				t.Run(name, func(t *testing.T) { roundTrip(t, buf, in, v.version()) })
				count++
			}
			if v.Kind == "amf0" && !slices.Contains(lists, name) && !bytes.Contains(v.Desc, []byte(`["", `)) {
				t.Run(name+"/amf3", func(t *testing.T) { roundTrip(t, buf, in, AMF3) })
			}
		}
	}
	if count < 500 {
		t.Errorf("got %d vectors, want at least 500", count)
	}
}

func roundTrip(t *testing.T, buf []byte, in *ReaderOptions, version Version) {
	t.Helper()
	want, err := dump(NewReader(buf, in))
	if err != nil {
		t.Fatal(err)
	}
	w := NewWriter(&WriterOptions{AMF3: version == AMF3, Externals: testExternals})
	if err := copyTokens(w, NewReader(buf, in)); err != nil {
		t.Fatal(err)
	}
	again := *in
	again.Version = version
	got, err := dump(NewReader(w.Bytes(), &again))
	if err != nil {
		t.Errorf("read again: %v\n%x", err, w.Bytes())
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("tokens changed (-want +got):\n%s\nread %x\nwrote %x", diff, buf, w.Bytes())
	}
}

// TestWriteMinimal: what was encoded minimally comes out byte for byte.
func TestWriteMinimal(t *testing.T) {
	same, all := 0, 0
	for _, v := range readVectors(t, "values.json") {
		if v.Kind == "packet" || v.Kind == "amf0" && bytes.Contains(v.Desc, []byte(`"amf3"`)) {
			continue
		}
		all++
		buf := v.bytes(t)
		w := NewWriter(&WriterOptions{AMF3: v.version() == AMF3})
		err := copyTokens(w, NewReader(buf, &ReaderOptions{Version: v.version()}))
		if err == nil && bytes.Equal(w.Bytes(), buf) {
			same++
			continue
		}
		t.Logf("%s: %v\nread  %.200x\nwrote %.200x", v.Name, err, buf, w.Bytes())
	}
	if same != all {
		t.Errorf("got %d of %d the same", same, all)
	}
}

// TestHostile: hostile input ends as its vector says, in little memory.
func TestHostile(t *testing.T) {
	for _, v := range readVectors(t, "hostile.json") {
		if v.Kind == "packet" {
			continue
		}
		t.Run(v.Name, func(t *testing.T) {
			buf := v.bytes(t)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			n, err := count(NewReader(buf, &ReaderOptions{Version: v.version()}))
			runtime.ReadMemStats(&after)
			bytesUsed := after.TotalAlloc - before.TotalAlloc
			if bytesUsed > 16<<20 {
				t.Errorf("got %d bytes of memory, want at most 16 MiB", bytesUsed)
			}
			if n == 0 && err == nil {
				err = errors.New("no value")
			}
			if wantErr := v.Expect == "error"; wantErr != (err != nil) && v.Expect != "error-or-value" {
				t.Errorf("got error %v, want %s", err, v.Expect)
			}
			if e, ok := errors.AsType[*value.Error](err); err != nil && n > 0 && (!ok || e.Offset < 0 || e.Offset > len(buf)) {
				t.Errorf("got error %v without an offset", err)
			}
		})
	}
}

// count reads all tokens and returns their number.
func count(r value.Reader) (n int, err error) {
	var t value.Token
	for {
		if err = r.Next(&t); err != nil {
			break
		}
		n++
	}
	if err == io.EOF {
		err = nil
	}
	return n, err
}
