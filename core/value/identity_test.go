package value_test

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/patchbay-go/patchbay/core/value"
)

type node struct {
	Name string
	Next *node
	Any  any `patchbay:"any,omitempty"`
}

type pair struct{ A, B *node }

type holder struct{ Inner node }

func bind[T any](t *testing.T, d *value.Decoder) T {
	t.Helper()
	var v T
	if err := d.Bind(&v); err != nil {
		t.Fatalf("Bind(%T): %v", v, err)
	}
	return v
}

func TestSharedByTwoArguments(t *testing.T) {
	d := decoder(nil, object(1), name("name"), str("x"), end(), ref(1))
	a, b := bind[*node](t, d), bind[*node](t, d)
	if a != b || a.Name != "x" {
		t.Errorf("got %p and %p, want one node", a, b)
	}
}

func TestSharedAsOtherType(t *testing.T) {
	d := decoder(nil, object(1), name("name"), str("x"), end(), ref(1), ref(1), ref(1))
	a := bind[*node](t, d)
	m, again := bind[map[string]string](t, d), bind[map[string]string](t, d)
	if a.Name != "x" || m["name"] != "x" {
		t.Errorf("got %v and %v", a, m)
	}
	if m["name"] = "y"; again["name"] != "y" {
		t.Error("the second map is not the first")
	}
	if v := bind[node](t, d); v.Name != "x" {
		t.Errorf("by value: got %v", v)
	}
}

func TestReferenceIntoSkippedMember(t *testing.T) {
	d := decoder(nil, object(1), name("unknown"), object(2), name("name"), str("inner"), end(), end(), ref(2))
	bind[node](t, d)
	if got := bind[*node](t, d); got.Name != "inner" {
		t.Errorf("got %v", got)
	}
}

func TestCycles(t *testing.T) {
	t.Run("pointer", func(t *testing.T) {
		n := bind[*node](t, decoder(nil, object(1), name("next"), ref(1), end()))
		if n.Next != n {
			t.Error("not a cycle")
		}
	})
	t.Run("any list", func(t *testing.T) {
		l := bind[any](t, decoder(nil, list(1, 1), ref(1), end())).([]any)
		if inner := l[0].([]any); &inner[0] != &l[0] {
			t.Error("not a cycle")
		}
	})
	t.Run("any map", func(t *testing.T) {
		m := bind[any](t, decoder(nil, object(1), name("me"), ref(1), end())).(map[string]any)
		m["mark"] = true
		if m["me"].(map[string]any)["mark"] != true {
			t.Error("not a cycle")
		}
	})
	t.Run("collection within itself", func(t *testing.T) {
		l := bind[any](t, decoder(nil, wrapper(1), list(2, 1), ref(1), end(), end())).([]any)
		if inner := l[0].([]any); &inner[0] != &l[0] {
			t.Error("not a cycle")
		}
	})
	t.Run("known class in any", func(t *testing.T) {
		r := value.NewRegistry()
		r.Register("N", node{})
		n := bind[any](t, decoder(r, class(1, "N", "any"), ref(1), end())).(*node)
		if n.Any != any(n) {
			t.Error("not a cycle")
		}
	})
	t.Run("into values", func(t *testing.T) {
		type values []values
		var v values
		err := decoder(nil, list(1, 1), ref(1), end()).Bind(&v)
		if !errors.Is(err, value.ErrCycle) {
			t.Errorf("got %v, want a cycle", err)
		}
	})
}

// TestAmplification: ten levels of ten references are ten billion values when written out.
func TestAmplification(t *testing.T) {
	var tokens []value.Token
	for level := range int32(10) {
		tokens = append(tokens, list(level+1, 10))
	}
	tokens = append(tokens, integer(1))
	for range 9 {
		tokens = append(tokens, integer(1))
	}
	tokens = append(tokens, end())
	for level := int32(9); level > 0; level-- {
		for range 9 {
			tokens = append(tokens, ref(level+1))
		}
		tokens = append(tokens, end())
	}
	t.Run("any shares", func(t *testing.T) {
		bind[any](t, decoder(nil, tokens...))
	})
	t.Run("typed is limited", func(t *testing.T) {
		var v [][][][][][][][][][]int
		if err := decoder(nil, tokens...).Bind(&v); !errors.Is(err, value.ErrLimit) {
			t.Errorf("got %v, want a limit", err)
		}
	})
	t.Run("copy without references is limited", func(t *testing.T) {
		err := value.Copy(&discard{}, &tape{tokens: tokens}, value.Limits{})
		if !errors.Is(err, value.ErrLimit) {
			t.Errorf("got %v, want a limit", err)
		}
	})
	t.Run("encoding without references is limited", func(t *testing.T) {
		v := bind[any](t, decoder(nil, tokens...))
		err := value.NewEncoder(&discard{}, nil, value.Limits{}).Encode(v)
		if !errors.Is(err, value.ErrLimit) {
			t.Errorf("got %v, want a limit", err)
		}
	})
}

// A discard is a Writer without references that keeps nothing.
type discard struct{}

func (*discard) Write(*value.Token) error { return nil }
func (*discard) Refs() bool               { return false }

// TestBodyBeforeDestination is a Flex message whose arguments come before what they are for.
func TestBodyBeforeDestination(t *testing.T) {
	type message struct {
		Body        value.Late
		Destination string
	}
	d := decoder(nil, class(1, "M", "body", "destination"), list(2, 2), object(3), name("name"), str("x"), end(), ref(3), end(), str("svc"), end())
	m := bind[message](t, d)
	if m.Destination != "svc" {
		t.Fatalf("destination %q", m.Destination)
	}
	var args []*node
	for range 2 { // it can be bound again
		if err := m.Body.Bind(&args); err != nil {
			t.Fatal(err)
		}
		if len(args) != 2 || args[0] != args[1] || args[0].Name != "x" {
			t.Errorf("got %v", args)
		}
	}
	if _, err := d.Next(); err != io.EOF {
		t.Errorf("after the message: %v, want EOF", err)
	}
}

func TestLateInContainers(t *testing.T) {
	unknown := value.Token{Kind: value.KindList, Num: value.Unknown}
	lates := bind[[]value.Late](t, decoder(nil, unknown, integer(1), list(1, 1), integer(2), end(), end()))
	byName := bind[map[string]value.Late](t, decoder(nil, object(1), name("a"), integer(3), end()))
	var n int
	var l []int
	if lates[0].Bind(&n) != nil || lates[1].Bind(&l) != nil || n != 1 || len(l) != 1 || l[0] != 2 {
		t.Errorf("got %d and %v", n, l)
	}
	if late := byName["a"]; late.Bind(&n) != nil || n != 3 {
		t.Errorf("got %d", n)
	}
}

func TestEncodeIdentity(t *testing.T) {
	shared := &node{Name: "x"}
	cycle := &node{Name: "c"}
	cycle.Next = cycle
	list := []any{nil}
	list[0] = list
	h := &holder{Inner: node{Name: "in"}}
	h.Inner.Next = &h.Inner // the holder and its first field share an address
	tests := []struct {
		name   string
		v      any
		want   string
		noRefs string // without references
	}{
		{"shared pointer", pair{shared, shared}, `{ a: {#1 name: "x" next: null . b: @1 .`,
			`{ a: { name: "x" next: null . b: { name: "x" next: null . .`},
		{"cycle", cycle, `{#1 name: "c" next: @1 .`, "error: contains itself"},
		{"list in itself", list, `[#1 @1 .`, "error: contains itself"},
		{"equal but not the same", pair{&node{Name: "x"}, &node{Name: "x"}}, `{ a: {#1 name: "x" next: null . b: {#2 name: "x" next: null . .`, ""},
		{"first field", h, `{#1 inner: { name: "in" next: {#2 name: "in" next: @2 . . .`, "error: contains itself"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := encoded(t, nil, false, tt.v); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
			if tt.noRefs == "" {
				return
			}
			w := &tape{noRefs: true}
			err := value.NewEncoder(w, nil, value.Limits{}).Encode(tt.v)
			if want, failing := strings.CutPrefix(tt.noRefs, "error: "); failing {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("without references: %v, want %q", err, want)
				}
			} else if err != nil || w.String() != tt.noRefs {
				t.Errorf("without references: %v\ngot  %s\nwant %s", err, w, tt.noRefs)
			}
		})
	}
}

func TestCopy(t *testing.T) {
	shared := toks(list(1, 3), object(2), name("a"), integer(1), end(), ref(2), text(value.KindBytes, "b"), end())
	tests := []struct {
		name   string
		tokens []value.Token
		skip   int // values to pass over before the one that is copied
		want   string
		noRefs string
	}{
		{"shared", shared, 0, `[#1 {#2 a: 1 . @2 bytes(b) .`, `[ { a: 1 . { a: 1 . bytes(b) .`},
		{"cycle", toks(list(1, 1), ref(1), end()), 0, `[#1 @1 .`, "error: contains itself"},
		{"reference to before the value", toks(object(1), name("a"), list(2, 1), ref(1), end(), end(), list(3, 2), ref(2), ref(1), end()), 1,
			`[#1 [#2 {#3 a: @2 . . @3 .`, "error: contains itself"},
	}
	for _, tt := range tests {
		for _, noRefs := range []bool{false, true} {
			want := tt.want
			if noRefs {
				want = tt.noRefs
			}
			r, w := &tape{tokens: tt.tokens}, &tape{noRefs: noRefs}
			for range tt.skip {
				var tok value.Token
				if err := errors.Join(r.Next(&tok), r.Skip(&tok)); err != nil {
					t.Fatal(err)
				}
			}
			err := value.Copy(w, r, value.Limits{})
			if text, failing := strings.CutPrefix(want, "error: "); failing {
				if err == nil || !strings.Contains(err.Error(), text) {
					t.Errorf("%s: got %v, want %q", tt.name, err, text)
				}
				continue
			}
			if err != nil || stripIDs(w.String(), noRefs) != want {
				t.Errorf("%s: %v\ngot  %s\nwant %s", tt.name, err, w, want)
			}
		}
	}
}

// stripIDs drops the IDs, which a format without references does not look at.
func stripIDs(s string, drop bool) string {
	if !drop {
		return s
	}
	for _, id := range []string{"#1", "#2", "#3", "#4", "#5"} {
		s = strings.ReplaceAll(s, id, "")
	}
	return s
}

func TestLateIsCopied(t *testing.T) {
	d := decoder(nil, list(1, 2), object(2), name("a"), undef(), end(), ref(2), end())
	args := bind[[]value.Late](t, d)
	if got, want := encoded(t, nil, false, []any{args[0], args[1], 1}), `[#1 {#2 a: undefined . @2 1 .`; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
