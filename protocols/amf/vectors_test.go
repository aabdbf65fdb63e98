package amf

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/wire/amf/syntax"
	"golang.org/x/tools/txtar"
)

// A vector is a line of wire/amf/testdata/vectors; its README explains the fields.
type vector struct {
	Name, Kind, Hex, Expect string
	Build                   *struct {
		Prefix, Repeat, Suffix string
		Count                  int
	}
}

// vectors returns the bytes of all vectors: packets as they are, and values as the body of one.
func vectors(t testing.TB) map[string][]byte {
	t.Helper()
	files, err := filepath.Glob("../../wire/amf/testdata/vectors/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no vectors: %v", err)
	}
	units := map[string][]byte{}
	for _, file := range files {
		var list []vector
		if err := json.Unmarshal(readFile(t, file), &list); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		for _, v := range list {
			if v.Build != nil {
				v.Hex = v.Build.Prefix + strings.Repeat(v.Build.Repeat, v.Build.Count) + v.Build.Suffix
			}
			units[filepath.Base(file)+"/"+v.Name] = asPacket(v.Kind, unhex(t, v.Hex))
		}
	}
	return units
}

// asPacket returns a packet that has b as the arguments of a call, unless it is a packet already.
func asPacket(kind string, b []byte) []byte {
	head := "00000000000100016500022F3100000000"
	switch kind {
	case "amf0":
	case "amf3":
		head += "11"
	default:
		return b
	}
	raw, _ := hex.DecodeString(head)
	return append(raw, b...)
}

// echoSet returns a set in which every target gives back its arguments.
func echoSet(t testing.TB, e *Endpoint) *core.ChannelSet {
	t.Helper()
	param := []core.Param{{Name: "arguments", Type: reflect.TypeFor[[]any](), Variadic: true}}
	echo := func(core.Handler) core.Handler {
		return func(_ context.Context, call *core.Call) (any, error) {
			var args []any
			err := call.Args.Bind(param, &args)
			return args, err
		}
	}
	return newTestSetWith(t, e, &core.Options{Interceptors: []core.Interceptor{echo}})
}

// serveUnit serves a unit and checks what any unit has to end in: a refusal, or a packet without a fault in it.
func serveUnit(t testing.TB, set *core.ChannelSet, unit []byte) *recorder {
	t.Helper()
	r := &recorder{header: http.Header{}}
	in := &core.Inbound{Peer: core.Peer{Transport: "http", Header: http.Header{}}, Unit: unit, Reply: r}
	start := time.Now()
	if err := set.Serve(t.Context(), "my-amf", in); err != nil {
		t.Fatalf("Serve: %v", err)
	}
	r.took = time.Since(start)
	switch {
	case r.refused != nil && r.sent:
		t.Fatal("refused and answered")
	case r.refused != nil:
		if c := r.refused.Code; (c != core.Malformed && c != core.TooLarge) || r.refused.Message == "" {
			t.Fatalf("refused with %v", r.refused)
		}
	case !r.sent:
		t.Fatal("neither refused nor answered")
	default:
		if _, err := syntax.Parse(syntax.Remote, r.unit, nil); err != nil {
			t.Fatalf("the reply cannot be read: %v\n%x", err, r.unit)
		}
	}
	return r
}

// maxTime is what no unit may take, on a busy machine and with the race detector on: it finds what is not linear. Without both the
// largest takes a tenth of a second and most take microseconds.
const maxTime = 30 * time.Second

// Every vector, hostile ones included, ends in a well-formed answer and within a bounded time.
func TestVectors(t *testing.T) {
	set := echoSet(t, New(nil))
	for name, unit := range vectors(t) {
		t.Run(name, func(t *testing.T) {
			if r := serveUnit(t, set, unit); r.took > maxTime {
				t.Errorf("took %v", r.took)
			}
		})
	}
}

// What Flash Player sends is echoed: every packet of it gets a result.
func TestFlashPackets(t *testing.T) {
	set := echoSet(t, New(nil))
	for name, unit := range vectors(t) {
		if !strings.HasPrefix(name, "ruffle-flashplayer") || bytes.HasPrefix(unit, []byte("\x00\x00\x00\x00\x00\x01\x00\x01e")) {
			continue
		}
		if strings.Contains(name, "localhost") {
			continue // a server's
		}
		t.Run(name, func(t *testing.T) {
			r := serveUnit(t, set, unit)
			if !bytes.Contains(r.unit, []byte("/1/onResult")) {
				t.Errorf("got %q", r.unit)
			}
		})
	}
}

// transcriptPackets returns the requests of all transcripts, in the name of the client with that id.
func transcriptPackets(t testing.TB, id string) (units [][]byte) {
	t.Helper()
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no transcripts: %v", err)
	}
	for _, file := range files {
		for _, f := range txtar.Parse(readFile(t, file)).Files {
			if strings.HasPrefix(f.Name, "request") {
				text := madeID.ReplaceAllString(string(f.Data), id)
				units = append(units, buildPacket(t, entries(text), func(string, string) {}))
			}
		}
	}
	return units
}

var madeID = regexp.MustCompile(`\bID-[0-9]+\b`)

// FuzzServe serves whatever there is. Services and destinations are those of the transcripts, and their requests carry the id of a client
// with a subscription, so that sessions, commands and messages are within reach.
func FuzzServe(f *testing.F) {
	for _, unit := range vectors(f) {
		if len(unit) < 4096 {
			f.Add(unit)
		}
	}
	plain, echo := addDestinations(newTestSet(f, New(&Options{Describe: true}))), echoSet(f, New(nil))
	for _, unit := range transcriptPackets(f, newFlexClient(f, plain, "messages").id) {
		f.Add(unit)
	}
	f.Fuzz(func(t *testing.T, unit []byte) {
		serveUnit(t, plain, unit)
		serveUnit(t, echo, unit)
	})
}
