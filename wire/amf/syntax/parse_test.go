package syntax_test

import (
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"github.com/patchbay-go/patchbay/core/value"
	"github.com/patchbay-go/patchbay/wire/amf/syntax"
)

// TestParseErrors checks where an error says it is, and that what comes before it is kept.
func TestParseErrors(t *testing.T) {
	tests := []struct {
		name   string
		kind   syntax.Kind
		hex    string
		reason error
		offset int
		path   string
		kept   string
	}{
		{"second value", syntax.AMF3, "04010480", value.ErrTruncated, 3, "[1]", `[{"t":"int","v":1}]`},
		{"member of a member", syntax.AMF0, "03000161" + "03000162" + "ff", value.ErrSyntax, 8, "[0].a.b",
			`[{"t":"object","id":0,"class":"","members":[["a",{"t":"object","id":1,"class":"","members":[]}]]}]`},
		{"item of an array", syntax.AMF3, "090501" + "0401" + "0902", value.ErrSyntax, 5, "[0][1]",
			`[{"t":"array","id":0,"assoc":[],"dense":[{"t":"int","v":1}]}]`},
		{"sealed member", syntax.AMF3, "0a23010361036204" + "01" + "7f", value.ErrSyntax, 9, "[0].b",
			`[{"t":"object","id":0,"class":"","traits":"inline","dynamic":false,"sealed":[["a",{"t":"int","v":1}]],"dynamic_members":[]}]`},
		{"vector of numbers", syntax.AMF3, "0d0700" + "00000001" + "0000", value.ErrTruncated, 7, "[0][1]",
			`[{"t":"vector","id":0,"of":"int","fixed":false,"items":[1]}]`},
		{"unknown externalizable", syntax.AMF3, "01" + "0a070358" + "00", value.ErrSyntax, 5, "[1]",
			`[{"t":"null"},{"t":"externalizable","id":0,"class":"X","traits":"inline"}]`},
		{"field of a small message", syntax.AMF3, "0a0707445341" + "01" + "ff", value.ErrSyntax, 7, "[0].body",
			`[{"t":"externalizable","id":0,"class":"DSA","traits":"inline","fields":{}}]`},
		{"endless flags", syntax.AMF3, "0a0707445341" + strings.Repeat("80", 20), value.ErrLimit, 6, "[0]",
			`[{"t":"externalizable","id":0,"class":"DSA","traits":"inline","fields":{}}]`},
		{"body of a packet", syntax.Remote, "000000000001" + "00016100022f3100000000" + "0a00000001" + "04", value.ErrSyntax, 22, "bodies[0].value[0]",
			`{"version":0,"headers":[],"bodies":[{"target":"a","response":"/1","length":0,"actual_length":6,"value":{"t":"strict-array","id":0,"args":true,"items":[]}}]}`},
		{"packet version", syntax.Remote, "0004", value.ErrSyntax, 0, "", `{}`},
		{"missing bodies", syntax.Remote, "000000000001", value.ErrTruncated, 6, "bodies[0]", `{"version":0,"headers":[],"bodies":[]}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			data, err := hex.DecodeString(tt.hex)
			if err != nil {
				t.Fatal(err)
			}
			doc, err := syntax.Parse(tt.kind, data, nil)
			e, ok := errors.AsType[*value.Error](err)
			if !ok {
				t.Fatalf("got %v, want a *value.Error", err)
			}
			if !errors.Is(e, tt.reason) || e.Offset != tt.offset || e.Path != tt.path {
				t.Errorf("got %q: %q at %d, want %q: %q at %d", e.Path, e.Err, e.Offset, tt.path, tt.reason, tt.offset)
			}
			if got := string(description(t, doc)); got != tt.kept {
				t.Errorf("kept\n%s\nwant\n%s", got, tt.kept)
			}
		})
	}
}

// TestLimits narrows each limit below a value that is fine otherwise.
func TestLimits(t *testing.T) {
	tests := []struct {
		name   string
		hex    string
		limits value.Limits
	}{
		{"depth", "0a0b010361" + "0a0101" + "01", value.Limits{Depth: 1}},
		{"collections", "0903010901" + "01", value.Limits{Collections: 1}},
		{"elements", "010101", value.Limits{Elements: 2}},
		{"elements of a vector", "0d050000000001" + "00000002", value.Limits{Elements: 2}},
		{"bytes", "010101", value.Limits{Bytes: 2}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			data, err := hex.DecodeString(tt.hex)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := syntax.Parse(syntax.AMF3, data, nil); err != nil {
				t.Fatal(err)
			}
			if _, err := syntax.Parse(syntax.AMF3, data, &syntax.Options{Limits: tt.limits}); !errors.Is(err, value.ErrLimit) {
				t.Errorf("got %v, want %v", err, value.ErrLimit)
			}
		})
	}
}
