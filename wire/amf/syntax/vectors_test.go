package syntax_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/patchbay-go/patchbay/wire/amf/syntax"
)

// A vector is one line of a file in ../testdata/vectors; its README explains the fields.
type vector struct {
	Name      string          `json:"name"`
	Kind      string          `json:"kind"`
	Hex       string          `json:"hex"`
	Desc      json.RawMessage `json:"desc"`
	DescError string          `json:"desc_error"`
	Expect    string          `json:"expect"`
	Build     *struct {
		Prefix, Repeat, Suffix string
		Count                  int
	} `json:"build"`
}

const vectorDir = "../testdata/vectors"

// options know the one class that two vectors need registered.
var options = &syntax.Options{Wrappers: []string{"TestClass3"}}

func vectors(t testing.TB, file string) []vector {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(vectorDir, file))
	if err != nil {
		t.Fatal(err)
	}
	var vs []vector
	if err := json.Unmarshal(b, &vs); err != nil {
		t.Fatal(err)
	}
	return vs
}

func vectorFiles(t testing.TB) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(vectorDir, "*.json"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no vectors in %s (%v)", vectorDir, err)
	}
	var files []string
	for _, p := range paths {
		if f := filepath.Base(p); f != "amfx.json" {
			files = append(files, f)
		}
	}
	return files
}

func (v *vector) bytes(t testing.TB) []byte {
	t.Helper()
	text := v.Hex
	if b := v.Build; b != nil {
		text = b.Prefix + strings.Repeat(b.Repeat, b.Count) + b.Suffix
	}
	data, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func (v *vector) kind(t testing.TB) syntax.Kind {
	t.Helper()
	k, err := syntax.ParseKind(v.Kind)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func description(t testing.TB, d *syntax.Document) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := d.WriteDescription(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func parsed(t testing.TB, b []byte) any {
	t.Helper()
	var v any
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatalf("%v in %.200s", err, b)
	}
	return v
}

// compare reports where two texts of JSON differ in meaning. cmp.Diff takes exponential time on deep trees of any.
func compare(t testing.TB, want, got []byte) {
	t.Helper()
	if !reflect.DeepEqual(parsed(t, want), parsed(t, got)) {
		t.Errorf("got  %.3000s\nwant %.3000s", got, want)
	}
}

func TestVectors(t *testing.T) {
	for _, file := range vectorFiles(t) {
		for _, v := range vectors(t, file) {
			if v.Desc == nil && v.DescError == "" {
				continue
			}
			t.Run(file+"/"+v.Name, func(t *testing.T) {
				doc, err := syntax.Parse(v.kind(t), v.bytes(t), options)
				if v.DescError != "" {
					if err == nil {
						t.Fatalf("got %s, want an error: %s", description(t, doc), v.DescError)
					}
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				compare(t, v.Desc, description(t, doc))
			})
		}
	}
}

// TestHostile runs the inputs that are meant to hurt. Empty input is left out: it is no value, and whether that is an error
// depends on who asks.
func TestHostile(t *testing.T) {
	const maxTime, maxMemory = raceFactor * 50 * time.Millisecond, raceFactor * 16 << 20
	for _, v := range vectors(t, "hostile.json") {
		if v.Hex == "" && v.Build == nil && v.Kind != "packet" {
			continue
		}
		t.Run(v.Name, func(t *testing.T) {
			took, used, err := costs(v.kind(t), v.bytes(t), maxTime)
			t.Logf("%v, %d bytes", took, used)
			if took > maxTime || used > maxMemory {
				t.Errorf("took %v and %d bytes, want at most %v and %d", took, used, maxTime, maxMemory)
			}
			if wantErr := v.Expect == "error"; (err != nil) != wantErr {
				t.Errorf("got error %v, want: %s", err, v.Expect)
			}
		})
	}
}

// costs parses an input and says how long that took and how many bytes were allocated. A busy machine can only make it slower,
// so that one run within the bound is enough; what is too slow by itself is too slow in every one of them.
func costs(kind syntax.Kind, data []byte, bound time.Duration) (took time.Duration, used uint64, err error) {
	took = math.MaxInt64
	for tries := 0; tries < 40 && took > bound; tries++ {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		start := time.Now()
		_, err = syntax.Parse(kind, data, nil)
		took = min(took, time.Since(start))
		runtime.ReadMemStats(&after)
		used = after.TotalAlloc - before.TotalAlloc
	}
	return took, used, err
}
