package core_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/core/value"
)

func TestAsFault(t *testing.T) {
	secret := errors.New("password is hunter2")
	tests := []struct {
		name string
		err  error
		code core.Code
		text string
	}{
		{"a fault", core.NotFound.Errorf("no %q", "x"), core.NotFound, `no "x"`},
		{"a wrapped fault", fmt.Errorf("load: %w", core.Denied.Errorf("no")), core.Denied, "no"},
		{"a fault with a cause", core.Failed.Errorf("sorry").WithCause(secret), core.Failed, "sorry"},
		{"an internal fault loses its text", core.Internal.Errorf("%w", secret), core.Internal, ""},
		{"any other error", secret, core.Internal, ""},
		{"a deadline", fmt.Errorf("read: %w", context.DeadlineExceeded), core.Timeout, "The call took too long."},
		{"a cancellation", fmt.Errorf("read: %w", context.Canceled), core.Canceled, "The call was canceled."},
		{"an argument that does not fit", value.Within("a", value.Errorf(3, value.ErrType, "a string cannot become an int")),
			core.Invalid, "a: a string cannot become an int (at byte 3)"},
		{"what a type of the application says of an argument", value.Within("a", value.WithinIndex(1, secret)), core.Internal, ""},
		{"a fault of a type of the application", value.Within("a", core.Invalid.Errorf("no such color")), core.Invalid, "no such color"},
		{"bytes that end", value.Errorf(3, value.ErrTruncated), core.Malformed, "the input ends within a value (at byte 3)"},
		{"a limit", value.Errorf(3, value.ErrLimit), core.TooLarge, "over a limit (at byte 3)"},
		{"a result that cannot be written", value.Errorf(-1, value.ErrEncode, "NaN"), core.Failed, "NaN"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := core.AsFault(test.err)
			if f.Code != test.code || f.Message != test.text {
				t.Errorf("got %v %q, want %v %q", f.Code, f.Message, test.code, test.text)
			}
			if f.Code == core.Internal && !errors.Is(f, secret) {
				t.Errorf("the cause is lost: %v", f.Unwrap())
			}
		})
	}
	if f := core.AsFault(nil); f != nil {
		t.Errorf("AsFault(nil) = %v", f)
	}
}

func TestFaultCopies(t *testing.T) {
	f := core.Failed.Errorf("text")
	g := f.WithName("my.name").WithDetail(7).WithCause(io.EOF)
	if f.Name != "" || f.Detail != nil || f.Unwrap() != nil {
		t.Errorf("the original changed: %+v", f)
	}
	if g.Name != "my.name" || g.Detail != 7 || !errors.Is(g, io.EOF) || g.Message != "text" {
		t.Errorf("the copy is %+v", g)
	}
	if got, want := g.Error(), "failed: text (EOF)"; got != want {
		t.Errorf("Error() = %q, want %q", got, want)
	}
}

func TestCodesHaveNames(t *testing.T) {
	seen := map[string]bool{}
	for _, code := range core.Codes() {
		name := code.String()
		if name == "" || name == "unknown code" || seen[name] {
			t.Errorf("code %d is called %q", code, name)
		}
		seen[name] = true
	}
	if len(seen) != 14 || core.Code(99).String() != "unknown code" {
		t.Errorf("%d codes, want 14", len(seen))
	}
}
