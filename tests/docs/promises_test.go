package docs

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

var (
	testFunc  = regexp.MustCompile(`(?m)^func ((?:Test|Fuzz|Benchmark)\w+)\(`)
	placeName = regexp.MustCompile("`([a-z0-9_/]+)`|\\b((?:Test|Fuzz|Benchmark)[A-Z]\\w*)")
)

// Every test that docs/testing.md names is there. A name in it belongs to the folder named before.
func TestPromisedTests(t *testing.T) {
	seen, folder := 0, ""
	funcs := map[string]bool{}
	for _, match := range placeName.FindAllStringSubmatch(read(t, "docs/testing.md"), -1) {
		if match[1] != "" {
			folder, funcs = match[1], testFuncs(t, match[1])
			continue
		}
		seen++
		if !funcs[match[2]] {
			t.Errorf("docs/testing.md: there is no %s in %s", match[2], folder)
		}
	}
	if seen == 0 {
		t.Error("docs/testing.md names no test")
	}
}

// testFuncs are the tests, fuzz targets and benchmarks of a folder, by name.
func testFuncs(t *testing.T, folder string) map[string]bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(root, folder, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range testFunc.FindAllStringSubmatch(string(text), -1) {
			names[match[1]] = true
		}
	}
	return names
}
