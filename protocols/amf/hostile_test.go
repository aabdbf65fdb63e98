package amf

import (
	"context"
	"strings"
	"testing"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/core/value"
	"github.com/patchbay-go/patchbay/stores/memory"
)

// A target that holds on to a value against the rules gets an error when the memory of the packet holds another one already, also
// where the packet was too large for its reader to be kept.
func TestValuesKeptTooLong(t *testing.T) {
	var kept value.Late
	m := core.NewServiceMapper(core.NewService("example").
		Map("keep", core.Func(func(_ context.Context, v value.Late) (any, error) { kept = v; return nil, nil }, "v")))
	set := core.NewChannelSet(m, memory.New(nil), nil)
	set.Map(&core.Channel{Name: "my-amf", Endpoint: New(nil)})
	for name, size := range map[string]int{"small": 10, "large": maxKept + 1} {
		t.Run(name, func(t *testing.T) {
			unit := packetOf(t, "3", formEach3, "example.keep", `["`+strings.Repeat("x", size)+`"]`)
			serveUnit(t, set, unit)
			copy(unit, packetOf(t, "3", formEach3, "example.keep", `["`+strings.Repeat("y", size)+`"]`)) // as a server does with its buffers
			var got string
			if err := kept.Bind(&got); err == nil || got != "" {
				t.Errorf("got %.20q, %v; want an error", got, err)
			}
		})
	}
}
