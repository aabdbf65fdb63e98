package imports

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/patchbay-go/patchbay"

// Modules that a binary may link beside this one and the standard library.
const (
	json  = "github.com/go-json-experiment/json"
	cobra = "github.com/spf13/cobra"
	pflag = "github.com/spf13/pflag"
	term  = "golang.org/x/term" // asks for a password without showing it
	sys   = "golang.org/x/sys"
	ws    = "github.com/coder/websocket"
)

// sqlite is SQLite, translated to Go, and what it is made of. Whoever keeps nothing in it does not link it: functions above all.
var sqlite = []string{
	"modernc.org/sqlite", "modernc.org/libc", "modernc.org/mathutil", "modernc.org/memory",
	"github.com/dustin/go-humanize", "github.com/google/uuid", "github.com/remyoudompheng/bigfft", sys,
}

// Whoever opens a store links its vendor's modules and no other's. A name that ends in "/..." is for all below it.
var (
	aws    = []string{"github.com/aws/..."}
	google = []string{"cloud.google.com/go/...", "google.golang.org/...", "github.com/googleapis/...", "github.com/google/s2a-go", "go.opentelemetry.io/...",
		"github.com/go-logr/...", "github.com/felixge/httpsnoop", "github.com/cespare/xxhash/v2", "golang.org/x/crypto", "golang.org/x/net",
		"golang.org/x/oauth2", "golang.org/x/sync", "golang.org/x/text", "golang.org/x/time", sys}
	goose      = []string{"github.com/pressly/goose/v3", "github.com/mfridman/interpolate", "github.com/sethvargo/go-retry", "go.uber.org/multierr", "golang.org/x/sync"}
	pgx        = []string{"github.com/jackc/...", "golang.org/x/text"}
	goRedis    = []string{"github.com/redis/go-redis/v9", "github.com/cespare/xxhash/v2", "go.uber.org/atomic", sys}
	gomemcache = []string{"github.com/bradfitz/gomemcache"}
)

// function is what a function on DynamoDB links: the SDK's clients that it needs, and not the module that looks for settings everywhere.
var function = []string{
	"github.com/aws/aws-lambda-go", "github.com/aws/aws-sdk-go-v2", "github.com/aws/aws-sdk-go-v2/internal/...",
	"github.com/aws/aws-sdk-go-v2/service/dynamodb", "github.com/aws/aws-sdk-go-v2/service/internal/...", "github.com/aws/smithy-go",
}

// bridge is what a bridge of ours may import.
func bridge(room string) []string {
	return []string{"core", "wire/json", "adapters/internal/envelope", "adapters/" + room}
}

// client is what one client of AWS's SDK links.
func client(service string) []string {
	return []string{json, "github.com/aws/aws-sdk-go-v2", "github.com/aws/aws-sdk-go-v2/internal/...", "github.com/aws/aws-sdk-go-v2/service/" + service, "github.com/aws/smithy-go"}
}

// binaries says for every program that people run which foreign modules it links, and which of our rooms it may not.
var binaries = []struct {
	pkg     string
	modules []string
	without []string
	even    []string // of what no other program may link
	tags    string   // it is built with
}{
	{pkg: "cmd/patchbay", // it opens every store by its URL, and no other program does
		modules: slices.Concat([]string{json, cobra, pflag, term, ws}, sqlite, aws, google, goose, pgx, goRedis, gomemcache),
		even:    []string{"html/template"}}, // for pages of gRPC's that nobody opens
	{pkg: "examples/addressbook", modules: append([]string{json, ws}, sqlite...), without: []string{"cmd", "examples/interop"}},
	{pkg: "examples/auth", modules: []string{ws}, without: []string{"cmd", "examples/interop"}},
	{pkg: "examples/chat", modules: []string{ws}, without: []string{"cmd", "examples/interop"}},
	{pkg: "examples/chat/cloudrun", tags: "grpcnotrace", modules: append([]string{json, ws}, google...), without: []string{"cmd"},
		even: []string{"html/template"}}, // for net/rpc, which Google's transport has certificates from other processes by
	{pkg: "examples/chat/lambda", tags: "lambda.norpc,nethttpomithttp2", modules: append([]string{json, ws}, function...), without: []string{"cmd"}},
	{pkg: "examples/echo", modules: []string{ws}, without: []string{"cmd", "examples/interop"}},
	{pkg: "examples/hello", modules: []string{json, ws}, without: []string{"cmd", "examples/interop"}},
	{pkg: "examples/hello_world", modules: []string{ws}, without: []string{"cmd", "examples/interop"}},
	{pkg: "examples/messaging", modules: []string{ws}, without: []string{"cmd", "examples/interop"}},
	{pkg: "examples/streaming", modules: []string{ws}, without: []string{"cmd", "examples/interop"}},
	{pkg: "examples/interop", modules: append([]string{json, ws}, sqlite...), without: []string{"cmd"}},
}

// rooms says what a room and everything it imports may come from. Lint says the same of direct imports; this is the whole way down.
var rooms = []struct {
	pattern string
	may     []string
	modules []string
}{
	{pattern: "./core/value", may: []string{"core/value"}},
	{pattern: "./core", may: []string{"core"}},
	{pattern: "./wire/amf", may: []string{"core/value", "wire/amf"}},
	{pattern: "./wire/amf/packet", may: []string{"core/value", "wire/amf"}},
	{pattern: "./wire/amf/syntax", may: []string{"core/value", "wire/amf"}, modules: []string{json}},
	{pattern: "./wire/json/...", may: []string{"core/value", "wire"}, modules: []string{json}},
	{pattern: "./protocols/amf/...", may: []string{"core", "wire", "protocols"}, modules: []string{json}},
	{pattern: "./protocols/jsonrpc/...", may: []string{"core", "wire", "protocols"}, modules: []string{json}},
	{pattern: "./protocols/sse", may: []string{"core", "wire", "protocols"}, modules: []string{json}},
	{pattern: "./stores/memory", may: []string{"core", "stores/memory"}},
	{pattern: "./stores/dynamodb", may: []string{"core", "stores/dynamodb"}, modules: []string{
		"github.com/aws/aws-sdk-go-v2", "github.com/aws/aws-sdk-go-v2/internal/...", "github.com/aws/aws-sdk-go-v2/service/dynamodb",
		"github.com/aws/aws-sdk-go-v2/service/internal/...", "github.com/aws/smithy-go"}}, // neither S3 nor what reads ~/.aws
	{pattern: "./stores/dynamodb/...", may: []string{"core", "stores/dynamodb"}, modules: aws},
	{pattern: "./stores/firestore", may: []string{"core", "stores/firestore"}, modules: google},
	{pattern: "./stores/sql", may: []string{"core", "stores/sql"}, modules: goose},
	{pattern: "./stores/sql/postgres", may: []string{"core", "stores/sql"}, modules: slices.Concat(goose, pgx)},
	{pattern: "./stores/sql/sqlite", may: []string{"core", "stores/sql"}, modules: slices.Concat(goose, sqlite)},
	{pattern: "./stores/memcache", may: []string{"core", "stores/memcache"}, modules: gomemcache},
	{pattern: "./adapters/internal/envelope", may: []string{"core", "wire/json", "adapters/internal/envelope"}, modules: []string{json}},
	{pattern: "./adapters/aws/sns", may: bridge("aws/sns"), modules: client("sns")}, // and no other service's client
	{pattern: "./adapters/aws/sqs", may: bridge("aws/sqs"), modules: client("sqs")},
	{pattern: "./adapters/aws/eventbridge", may: bridge("aws/eventbridge"), modules: client("eventbridge")},
	{pattern: "./adapters/pubsub", may: bridge("pubsub"), modules: append([]string{json}, google...)},
	{pattern: "./adapters/cloudrun", may: append(bridge("cloudrun"), "adapters/server", "wire", "protocols"), modules: append([]string{json, ws}, google...)},
	{pattern: "./adapters/redis", may: []string{"core", "adapters/redis"}, modules: goRedis},
	{pattern: "./adapters/lambda", may: []string{"core", "wire", "protocols", "adapters"}, modules: []string{json, ws, "github.com/aws/aws-lambda-go"}},
	{pattern: "./adapters/lambda/environment", may: []string{"adapters/lambda/environment"}, modules: []string{
		"github.com/aws/aws-sdk-go-v2", "github.com/aws/aws-sdk-go-v2/internal/...", "github.com/aws/smithy-go"}},
	{pattern: "./local/...", may: []string{"local"}, modules: []string{ws}},
	{pattern: "./adapters/server", may: []string{"core", "wire", "protocols", "adapters"}, modules: []string{json, ws}},
}

// never are packages that no binary may link: they are for tests, or open doors by being imported. What the linker can drop
// of the others, tests/sizes sees to: cobra imports text/template, and its machinery must not be left in patchbay.
var never = []string{"testing", "html/template", "net/http/pprof", "expvar", "net/http/httptest"}

func TestBinaries(t *testing.T) {
	for _, b := range binaries {
		t.Run(b.pkg, func(t *testing.T) {
			deps := dependencies(t, "./"+b.pkg, b.tags)
			checkModules(t, b.modules, foreign(deps))
			for _, m := range b.modules {
				if !slices.ContainsFunc(foreign(deps), func(linked string) bool { return named(m, linked) }) {
					t.Errorf("does not link %s, which it may", m)
				}
			}
			for _, d := range deps {
				if slices.Contains(never, d.path) && !slices.Contains(b.even, d.path) {
					t.Errorf("links %s", d.path)
				}
				for _, room := range b.without {
					if within(d.path, room) {
						t.Errorf("links %s", d.path)
					}
				}
			}
		})
	}
}

func TestEveryBinaryIsListed(t *testing.T) {
	for pkg := range strings.FieldsSeq(list(t, "-f", `{{if eq .Name "main"}}{{.ImportPath}}{{end}}`, "./cmd/...", "./examples/...")) {
		name := strings.TrimPrefix(pkg, module+"/")
		known := false
		for _, b := range binaries {
			known = known || b.pkg == name
		}
		if !known {
			t.Errorf("%s is a program: say in the table what it may link", name)
		}
	}
}

func TestRooms(t *testing.T) {
	for _, r := range rooms {
		t.Run(r.pattern, func(t *testing.T) {
			deps := dependencies(t, r.pattern, "lambda.norpc")
			for _, d := range deps {
				if d.module == module && !slices.ContainsFunc(r.may, func(room string) bool { return within(d.path, room) }) {
					t.Errorf("imports %s", d.path)
				}
			}
			checkModules(t, r.modules, foreign(deps))
		})
	}
}

// checkModules fails for each module that is linked and may not be.
func checkModules(t *testing.T, may, linked []string) {
	t.Helper()
	for _, m := range linked {
		if !slices.ContainsFunc(may, func(name string) bool { return named(name, m) }) {
			t.Errorf("links module %s", m)
		}
	}
}

// named tells whether a name in the tables is that of a module.
func named(name, path string) bool {
	prefix, all := strings.CutSuffix(name, "/...")
	return path == prefix || all && strings.HasPrefix(path, prefix+"/")
}

// within tells whether a package stands in a room of ours or below it.
func within(path, room string) bool {
	return path == module+"/"+room || strings.HasPrefix(path, module+"/"+room+"/")
}

type dependency struct{ path, module string }

// dependencies are all packages that a package links, itself included. The module is empty for the standard library.
func dependencies(t *testing.T, pattern, tags string) []dependency {
	t.Helper()
	var deps []dependency
	for line := range strings.Lines(list(t, "-deps", "-tags="+tags, "-f", "{{.ImportPath}}\t{{with .Module}}{{.Path}}{{end}}", pattern)) {
		path, mod, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		deps = append(deps, dependency{path, mod})
	}
	if len(deps) == 0 {
		t.Fatalf("%s matches no package", pattern)
	}
	return deps
}

func foreign(deps []dependency) []string {
	var modules []string
	for _, d := range deps {
		if d.module != "" && d.module != module {
			modules = append(modules, d.module)
		}
	}
	slices.Sort(modules)
	return slices.Compact(modules)
}

func list(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", append([]string{"list"}, args...)...)
	cmd.Dir = "../.."
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v", cmd, err)
	}
	return string(out)
}
