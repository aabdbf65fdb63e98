package amf

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/core/value"
	wire "github.com/patchbay-go/patchbay/wire/amf"
)

// A recorder takes a reply.
type recorder struct {
	header  http.Header
	unit    []byte
	sent    bool
	refused *core.Fault
	took    time.Duration
}

func (r *recorder) Header() http.Header { return r.header }

func (r *recorder) Send(_ context.Context, unit []byte) error {
	r.unit, r.sent = append(r.unit, unit...), true
	return nil
}

func (r *recorder) Refuse(_ context.Context, f *core.Fault) error {
	r.refused = f
	return nil
}

// entries writes the reply as a transcript has it.
func (r *recorder) entries(t *testing.T, short bool) []string {
	t.Helper()
	if r.refused != nil {
		return []string{"refused " + r.refused.Code.String() + " " + r.refused.Message}
	}
	if !r.sent {
		t.Fatal("neither sent nor refused")
	}
	p := readReplyIn(t, r.unit, short)
	list := []string{"packet " + strconv.Itoa(p.version)}
	for _, c := range (&http.Response{Header: r.header}).Cookies() {
		list = append(list, fmt.Sprintf("set-cookie %s=%s; HttpOnly=%v", c.Name, c.Value, c.HttpOnly))
	}
	for _, h := range p.headers {
		list = append(list, "header "+h)
	}
	return append(list, p.bodies...)
}

// A replyPacket is a reply that has been read, with true lengths.
type replyPacket struct {
	version         int
	headers, bodies []string
}

// readReply reads a reply and checks that its lengths are true.
func readReply(t testing.TB, unit []byte) replyPacket {
	t.Helper()
	return readReplyIn(t, unit, false)
}

// readReplyIn is readReply with Flex messages in their short form.
func readReplyIn(t testing.TB, unit []byte, short bool) replyPacket {
	t.Helper()
	r := wire.NewReader(unit, nil)
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("reply %x: %v", unit, err)
		}
	}
	number := func() int {
		t.Helper()
		n, err := r.Uint16("a number")
		check(err)
		return int(n)
	}
	text := func() string {
		t.Helper()
		s, err := r.UTF("a text")
		check(err)
		return s
	}
	sized := func() string {
		t.Helper()
		n, err := r.Uint32("a length")
		check(err)
		start := r.Offset()
		r.NewTables()
		var v any
		check(value.NewDecoder(r, transcriptClasses(), value.Limits{}).Bind(&v))
		if got := r.Offset() - start; got != int(n) {
			t.Errorf("a length of %d is given as %d", got, n)
		}
		form := "amf0 "
		if unit[start] == 0x11 {
			form = "amf3 "
		}
		if short {
			v = shorten(v)
		}
		return form + describe(v)
	}
	p := replyPacket{version: number()}
	for range number() {
		name := text()
		must, err := r.Byte("a flag")
		check(err)
		if must != 0 {
			name += " must"
		}
		p.headers = append(p.headers, name+" "+strings.TrimPrefix(sized(), "amf0 "))
	}
	for range number() {
		target := text()
		if response := text(); response != "" {
			t.Errorf("response of a reply is %q", response)
		}
		p.bodies = append(p.bodies, target+" "+sized())
	}
	if r.Offset() != len(unit) {
		t.Errorf("%d bytes behind the reply", len(unit)-r.Offset())
	}
	return p
}

// transcriptClasses knows no class, so that all objects are shown with theirs.
func transcriptClasses() *value.Registry { return value.NewRegistry() }
