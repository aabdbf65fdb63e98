package core_test

import (
	"errors"
	"testing"

	"github.com/patchbay-go/patchbay/core"
)

// What a caller publishes cannot pass for what has come over a bridge: that would not be bridged.
func TestViaHeaderIsTheApplications(t *testing.T) {
	p := newPost(t, nil, &core.Destination{Name: "d"})
	bridged := &core.Publication{Topic: core.Topic{Destination: "d"}, Headers: map[string]any{core.ViaHeader: "elsewhere"}}
	_, err := p.set.Publish(t.Context(), &core.Call{}, bridged)
	if f, ok := errors.AsType[*core.Fault](err); !ok || f.Code != core.Invalid {
		t.Errorf("a caller: got %v, want invalid", err)
	}
	if _, err := p.set.Publish(t.Context(), nil, bridged); err != nil {
		t.Errorf("the application: got %v", err)
	}
}
