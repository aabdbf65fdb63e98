// Package sizes checks what each binary weighs, and that the linker may drop the methods that nobody calls.
package sizes

import (
	"bufio"
	"bytes"
	"cmp"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// budgets are in bytes, for linux without symbols. Whoever raises one says in the change what it buys.
var budgets = []struct {
	pkg   string
	bytes int64
	arch  string // default amd64
	tags  string
	keeps bool // methods that nobody calls, as what it links looks them up at run time
}{
	// It opens every store, and the SDKs of AWS and Google, pgx and the migrations take 32 MiB, also since some of them keep all methods.
	{pkg: "cmd/patchbay", bytes: 52 << 20, keeps: true},
	{pkg: "examples/addressbook", bytes: 14 << 20}, // SQLite, translated to Go, takes 4.2 MiB
	{pkg: "examples/auth", bytes: 9 << 20},         // as all programs with calls and messaging: that took 0.5 MiB of 8
	{pkg: "examples/chat", bytes: 9 << 20},
	{pkg: "examples/chat/cloudrun", bytes: 17 << 20, tags: "grpcnotrace"},                                  // gRPC and what Google's transport links take 8 MiB
	{pkg: "examples/chat/lambda", bytes: 10_000_000, arch: "arm64", tags: "lambda.norpc,nethttpomithttp2"}, // the SDK's client of DynamoDB takes 3 MiB
	{pkg: "examples/echo", bytes: 9 << 20},
	{pkg: "examples/hello", bytes: 9 << 20},
	{pkg: "examples/hello_world", bytes: 9 << 20},
	{pkg: "examples/interop", bytes: 14 << 20}, // its address book is kept in SQLite
	{pkg: "examples/messaging", bytes: 9 << 20},
	{pkg: "examples/streaming", bytes: 9 << 20},
}

func TestBinaries(t *testing.T) {
	for _, b := range budgets {
		t.Run(b.pkg, func(t *testing.T) {
			binary, dump := build(t, b.pkg, cmp.Or(b.arch, "amd64"), b.tags)
			info, err := os.Stat(binary)
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%s: %.2f MiB of %.2f", b.pkg, mib(info.Size()), mib(b.bytes))
			if info.Size() > b.bytes {
				t.Errorf("%s weighs %.2f MiB, its budget is %.2f", b.pkg, mib(info.Size()), mib(b.bytes))
			}
			if !b.keeps {
				checkDroppable(t, dump)
			}
		})
	}
}

func mib(n int64) float64 { return float64(n) / (1 << 20) }

// build links a program as it is released and returns the linker's list of who refers to whom.
func build(t *testing.T, pkg, arch, tags string) (binary string, dump []byte) {
	t.Helper()
	binary = filepath.Join(t.TempDir(), filepath.Base(pkg))
	cmd := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-tags="+tags, "-ldflags=-s -w -dumpdep", "-o", binary, "./"+pkg)
	cmd.Dir = "../.."
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH="+arch)
	dump, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", cmd, err, dump[max(0, len(dump)-2000):])
	}
	return binary, dump
}

// checkDroppable fails when something reachable looks up methods by a name or number that is known at run time only: then the
// linker keeps every exported method of every type that ever becomes an interface value, which costs megabytes.
func checkDroppable(t *testing.T, dump []byte) {
	t.Helper()
	lines := bufio.NewScanner(bytes.NewReader(dump))
	lines.Buffer(nil, len(dump)+1)
	seen := 0
	for lines.Scan() {
		from, to, ok := strings.Cut(lines.Text(), " -> ")
		if !ok {
			continue
		}
		seen++
		if strings.Contains(to, "<ReflectMethod>") {
			t.Errorf("%s looks up methods at run time (reached from %s)", strings.Fields(to)[0], from)
		}
	}
	if seen == 0 {
		t.Error("the linker printed no dependencies")
	}
}
