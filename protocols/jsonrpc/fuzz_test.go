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

// FuzzSocket looks for units that panic, do not end or are answered with something else than valid JSON, when they come over a socket
// one after the other. The second may be the answer to a call of ours.
func FuzzSocket(f *testing.F) {
	for _, unit := range []string{
		requestOf(`"method":"patchbay.subscribe","params":{"destination":"messages"},"id":1`),
		requestOf(`"method":"example.ask","params":["x"],"id":1`), `{"jsonrpc":"2.0","id":1,"result":{"a":[1]}}`,
		`{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"no","data":{}}}`, `{"id":1,"error":7,"result":8}`, `[{"result":1,"id":1},{}]`,
		requestOf(`"method":"patchbay.publish","params":{"destination":"messages","body":{"$class":"C"}}`),
		`[` + requestOf(`"method":"patchbay.connect","id":1`) + `,` + requestOf(`"method":"patchbay.poll","params":{"connection":"x"},"id":2`) + `]`,
	} {
		f.Add(unit, `{"jsonrpc":"2.0","id":1,"result":null}`)
		f.Add(requestOf(`"method":"example.ask","params":["x"],"id":1`), unit)
	}
	f.Fuzz(func(t *testing.T, first, second string) {
		set := newSet(t, nil, value.Limits{})
		socket, end := newTestSocket(t)
		for _, unit := range []string{first, second} {
			in := &core.Inbound{Socket: socket, Unit: []byte(unit), Reply: &reply{header: http.Header{}}}
			if err := set.Serve(t.Context(), "rpc", in); err != nil {
				t.Fatalf("serve %q: %v", unit, err)
			}
		}
		end()
		close(socket.sent)
		for sent := range socket.sent {
			if !json.Valid([]byte(sent)) {
				t.Errorf("to %q, %q: got %q", first, second, sent)
			}
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

// BenchmarkEvents publishes to 1,000 sockets at once: one operation is one event at each of them.
func BenchmarkEvents(b *testing.B) {
	const sockets = 1000
	set := newSet(b, nil, value.Limits{})
	got := make(chan struct{}, sockets)
	for range sockets {
		socket, end := newTestSocket(b)
		defer end()
		in := &core.Inbound{Socket: socket, Unit: []byte(requestOf(`"method":"patchbay.subscribe","params":{"destination":"messages"}`))}
		if err := set.Serve(b.Context(), "rpc", in); err != nil {
			b.Fatal(err)
		}
		go func() {
			for range socket.sent {
				got <- struct{}{}
			}
		}()
	}
	publication := &core.Publication{Topic: core.Topic{Destination: "messages"}, Body: map[string]any{"from": "eva", "text": "hello, everybody"}}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := set.Publish(b.Context(), nil, publication); err != nil {
			b.Fatal(err)
		}
		for range sockets {
			<-got
		}
	}
}
