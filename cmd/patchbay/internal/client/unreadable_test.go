package client

import (
	"context"
	"math"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/patchbay-go/patchbay/adapters/server"
	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/core/value"
	"github.com/patchbay-go/patchbay/protocols/amf"
	"github.com/patchbay-go/patchbay/stores/memory"
	wire "github.com/patchbay-go/patchbay/wire/amf"
)

// A blob writes its bytes itself, so that who does not know it cannot tell where it ends.
type blob struct{ Number int32 }

type blobCodec struct{}

func (blobCodec) ReadExternal(in *wire.ExternalInput) { in.Int("number") }

func (blobCodec) WriteExternal(out *wire.ExternalOutput) { out.Int("number") }

// What cannot be read, or has no form in JSON, is left out with a word, and what comes behind it comes.
func TestLeftOut(t *testing.T) {
	for _, protocol := range []string{AMF, AMFStream} {
		t.Run(protocol, func(t *testing.T) {
			classes := value.NewRegistry()
			classes.Register("x.Blob", blob{}, value.External(blobCodec{}))
			set := core.NewChannelSet(core.NewServiceMapper(), memory.New(nil), &core.Options{Registry: classes})
			set.Map(&core.Channel{Name: "my-amf", Endpoint: amf.New(&amf.Options{PollWait: time.Millisecond, WaitInterval: time.Minute})})
			set.AddDestination(&core.Destination{Name: "news"})
			t.Cleanup(func() { _ = set.Close() })
			web := httptest.NewServer(server.NewHandler(set, &server.Options{Paths: map[string]string{"/amf": "my-amf"}}))
			t.Cleanup(web.Close)
			c, err := NewSubscriber(web.URL+"/amf", protocol)
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			bodies := []any{math.NaN(), []any{blob{7}}, "readable"}
			publishNext := func() {
				if _, err := set.Publish(ctx, nil, &core.Publication{Topic: core.Topic{Destination: "news"}, Body: bodies[0]}); err != nil {
					t.Error(err)
				}
				bodies = bodies[1:]
			}
			var told []string
			s := &Subscription{Destination: "news", Notify: func(text string) {
				told = append(told, text)
				publishNext()
			}}
			for m, err := range c.Messages(ctx, s) {
				if err != nil {
					t.Fatal(err)
				}
				if string(m.Body) != `"readable"` {
					t.Errorf("got %s", m.Body)
				}
				break
			}
			want := []string{"Subscribed to", "JSON has no NaN", `the externalizable class "x.Blob" is not known`}
			if d := cmp.Diff(want, told, cmp.Comparer(func(a, b string) bool { return strings.Contains(a, b) || strings.Contains(b, a) })); d != "" {
				t.Errorf("told (-want +got):\n%s", d)
			}
		})
	}
}
