package amf_test

import (
	"context"
	"fmt"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/core/value"
	"github.com/patchbay-go/patchbay/protocols/amf"
	"github.com/patchbay-go/patchbay/stores/memory"
)

// A ChannelSet with one service, on one AMF channel.
func Example() {
	type Person struct{ Name string }
	classes := value.NewRegistry()
	classes.Register("example.Person", Person{})

	example := core.NewService("example").
		Map("greet", core.Func(func(_ context.Context, p Person) (string, error) { return "Hello " + p.Name, nil }, "person"))

	set := core.NewChannelSet(core.NewServiceMapper(example), memory.New(nil), &core.Options{Registry: classes})
	set.Map(&core.Channel{Name: "my-amf", Endpoint: amf.New(nil)})
	fmt.Println(set.Channel("my-amf").Endpoint.Traits().ContentType)
	// Output: application/x-amf
}

// A target that wants to know how it was called, and has something to say to the client beside its result.
func ExampleFromCall() {
	whence := func(ctx context.Context) (string, error) {
		r := amf.FromCall(core.CallFrom(ctx))
		if r == nil {
			return "not from AMF", nil
		}
		r.Packet.AddReplyHeader("Seen", false, true)
		return r.Target, nil
	}
	set := core.NewChannelSet(core.NewServiceMapper(core.NewService("example").Map("whence", core.Func0(whence))), memory.New(nil), nil)
	got, err := set.Invoke(context.Background(), &core.Call{Service: "example", Operation: "whence"})
	fmt.Println(got, err)
	// Output: not from AMF <nil>
}
