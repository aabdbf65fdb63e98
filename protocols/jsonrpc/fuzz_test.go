package jsonrpc

import (
	"context"
	"encoding/json"
	"net/http"
	"path/filepath"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/core/value"
)

// FuzzServe looks for units that panic or are answered with something else than valid JSON.
func FuzzServe(f *testing.F) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			f.Fatal(err)
		}
		for _, part := range archive.Files {
			f.Add(part.Data)
		}
	}
	f.Fuzz(func(t *testing.T, unit []byte) {
		set := newSet(t, nil, value.Limits{})
		got, _ := post(t, set, nil, string(unit))
		if got != "" && !json.Valid([]byte(got)) {
			t.Errorf("to %q: got %q", unit, got)
		}
		again, _ := post(t, set, nil, string(unit))
		if got, again = (names{}).takeOut(got), (names{}).takeOut(again); again != got {
			t.Errorf("to %q: got first %q, then %q", unit, got, again)
		}
	})
}

func BenchmarkSmallCall(b *testing.B) {
	bench(b, requestOf(`"method":"example.add","params":[1,2],"id":1`), resultOf("3", "1"))
}

func BenchmarkSmallCallByName(b *testing.B) {
	bench(b, requestOf(`"method":"example.add","params":{"a":1,"b":2},"id":1`), resultOf("3", "1"))
}

func BenchmarkPerson(b *testing.B) {
	p := `{"$class":"example.Person","name":"Ada","born":"1815-12-10T00:00:00.000Z","tags":["a","b"],"photo":"AP8="}`
	bench(b, requestOf(`"method":"example.keep","params":[`+p+`],"id":1`), resultOf(p, "1"))
}

// bench serves one unit again and again.
func bench(b *testing.B, unit, want string) {
	b.Helper()
	set := newSet(b, nil, value.Limits{})
	if got, _ := post(b, set, nil, unit); got != want {
		b.Fatalf("got %s, want %s", got, want)
	}
	in := &core.Inbound{Unit: []byte(unit), Reply: discard{http.Header{}}}
	b.ReportAllocs()
	for b.Loop() {
		if err := set.Serve(b.Context(), "rpc", in); err != nil {
			b.Fatal(err)
		}
	}
}

// A discard is a Reply that drops everything.
type discard struct{ header http.Header }

func (d discard) Header() http.Header { return d.header }

func (d discard) Send(context.Context, []byte) error { return nil }

func (d discard) Refuse(context.Context, *core.Fault) error { return nil }
