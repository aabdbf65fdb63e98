package amf

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A vector is one line of testdata/vectors; its README explains the fields.
type vector struct {
	Name   string
	Kind   string
	Hex    string
	Build  *build
	Expect string
	Desc   json.RawMessage
	Error  string `json:"desc_error"`
}

// A build is how large inputs are told.
type build struct {
	Prefix, Repeat, Suffix string
	Count                  int
}

func (v *vector) bytes(t testing.TB) []byte {
	t.Helper()
	text := v.Hex
	if v.Build != nil {
		text = v.Build.Prefix + strings.Repeat(v.Build.Repeat, v.Build.Count) + v.Build.Suffix
	}
	b, err := hex.DecodeString(text)
	if err != nil {
		t.Fatalf("%s: %v", v.Name, err)
	}
	return b
}

func (v *vector) version() Version {
	if v.Kind == "amf3" {
		return AMF3
	}
	return AMF0
}

// readVectors returns the vectors of one file.
func readVectors(t testing.TB, file string) []vector {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "vectors", file))
	if err != nil {
		t.Fatal(err)
	}
	var vectors []vector
	if err := json.Unmarshal(text, &vectors); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return vectors
}

// allVectors returns the vectors of every file, by file.
func allVectors(t testing.TB) map[string][]vector {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", "vectors", "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no vectors: %v", err)
	}
	all := make(map[string][]vector)
	for _, f := range files {
		all[filepath.Base(f)] = readVectors(t, filepath.Base(f))
	}
	return all
}

// sourceExternal is the externalizable class that two of the vectors use: one value.
type sourceExternal struct{}

func (sourceExternal) ReadExternal(in *ExternalInput)    { in.Value("source") }
func (sourceExternal) WriteExternal(out *ExternalOutput) { out.Value("source") }

func testExternals(class string) External {
	if class == "TestClass3" {
		return sourceExternal{}
	}
	return nil
}
