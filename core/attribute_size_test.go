package core

import (
	"context"
	"encoding/json"
	"math/big"
	"strings"
	"testing"
	"time"
)

// nowhere is a store that keeps nothing, for clients that have nothing yet.
type nowhere struct{ Store }

func (nowhere) Get(context.Context, ...Key) ([]Item, error)  { return nil, nil }
func (nowhere) Create(context.Context, Item) (uint64, error) { return 1, nil }
func (nowhere) Put(context.Context, Item) (uint64, error)    { return 1, nil }

// shared returns lists within each other, in which the one below stands ten times: 10^levels values in a few hundred bytes.
func shared(levels int, v any) any {
	for range levels {
		v = []any{v, v, v, v, v, v, v, v, v, v}
	}
	return v
}

// TestSharedValuesAreNotWrittenOut sets what AMF says in a hundred bytes and no computer could write out.
func TestSharedValuesAreNotWrittenOut(t *testing.T) {
	set := NewChannelSet(NewServiceMapper(), nowhere{}, nil)
	client, err := set.NewClient(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	type cart struct{ Extra map[string]any }
	within := []any{nil}
	within[0] = within
	for name, v := range map[string]any{
		"lists": shared(18, "x"),
		"text":  shared(4, strings.Repeat("x", 60_000)),
		"cycle": within,
	} {
		t.Run(name, func(t *testing.T) {
			for form, err := range map[string]error{
				"plain": client.Set(t.Context(), "a", v),
				"any":   Attribute[any]("a").Set(t.Context(), client, v),
				"typed": Attribute[*cart]("a").Set(t.Context(), client, &cart{map[string]any{"k": v}}),
			} {
				if !isFault(err, TooLarge) && !isFault(err, Invalid) { // Invalid: nested too deep
					t.Errorf("%s: got %v, want that it is too large or too deep", form, err)
				}
			}
		})
	}
}

// Nothing that fits is refused for what JSON leaves out.
func TestSmallValues(t *testing.T) {
	type sparse struct {
		Hidden  []int           `json:"-"`
		Empty   [64]*int        `json:",omitempty"`
		At      time.Time       // writes itself
		Digits  *big.Int        // likewise
		Raw     json.RawMessage // likewise
		private [1 << 16]string
	}
	v := sparse{Hidden: make([]int, 1<<20), Raw: json.RawMessage(`"` + strings.Repeat("x", 1<<16) + `"`), Digits: big.NewInt(1)}
	_ = v.private
	if !isSmall(&v, 100) {
		t.Error("a value with little to write is taken for a large one")
	}
}
