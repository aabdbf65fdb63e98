package jsonrpc

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/core/value"
)

// requestOf builds a call with these members.
func requestOf(members string) string { return `{"jsonrpc":"2.0",` + members + `}` }

func resultOf(result, id string) string {
	return `{"jsonrpc":"2.0","result":` + result + `,"id":` + id + `}`
}

// errorStart is how a response with an error begins; what follows its code is for people.
func errorStart(code int) string { return fmt.Sprintf(`{"jsonrpc":"2.0","error":{"code":%d,`, code) }

// TestRules has a row for each rule of the specification. A want that is a number is the code of an error, with its id.
func TestRules(t *testing.T) {
	set := newSet(t, nil, value.Limits{})
	for _, test := range []struct {
		section, rule string
		in            string
		want          string // the whole response
		code          int    // or the code of an error
		id            string // and its id
	}{
		{"4", "jsonrpc MUST be exactly 2.0", `{"jsonrpc":"2.1","method":"sum","id":1}`, "", -32600, "1"},
		{"4", "jsonrpc must be a string", `{"jsonrpc":2.0,"method":"sum","id":1}`, "", -32600, "1"},
		{"4", "jsonrpc must be there", `{"method":"sum","id":1}`, "", -32600, "1"},
		{"4", "jsonrpc is compared as text", `{"jsonrpc":"2\u002e0","method":"sum","id":1}`, resultOf("0", "1"), 0, ""},
		{"4", "names are case-sensitive", `{"jsonrpc":"2.0","Method":"sum","id":1}`, "", -32600, "1"},
		{"4", "method must be a string", requestOf(`"method":1,"id":1`), "", -32600, "1"},
		{"4", "method must be there", requestOf(`"id":1`), "", -32600, "1"},
		{"4", "method names are case-sensitive", requestOf(`"method":"Sum","id":1`), "", -32601, "1"},
		{"4", "rpc. is reserved", requestOf(`"method":"rpc.foo","id":1`), "", -32601, "1"},
		{"4", "only with the dot", requestOf(`"method":"rpc","id":1`), "", -32601, "1"},
		{"4", "params may be omitted", requestOf(`"method":"sum","id":1`), resultOf("0", "1"), 0, ""},
		{"4", "params must be structured: string", requestOf(`"method":"sum","params":"1","id":1`), "", -32600, "1"},
		{"4", "params must be structured: number", requestOf(`"method":"sum","params":1,"id":1`), "", -32600, "1"},
		{"4", "params must be structured: null", requestOf(`"method":"sum","params":null,"id":1`), "", -32600, "1"},
		{"4", "id may be a string", requestOf(`"method":"sum","id":"a"`), resultOf("0", `"a"`), 0, ""},
		{"4", "id may be an empty string", requestOf(`"method":"sum","id":""`), resultOf("0", `""`), 0, ""},
		{"4", "id may be a number", requestOf(`"method":"sum","id":-7`), resultOf("0", "-7"), 0, ""},
		{"4", "id may be null", requestOf(`"method":"sum","id":null`), resultOf("0", "null"), 0, ""},
		{"4", "id may have a fraction", requestOf(`"method":"sum","id":1.50`), resultOf("0", "1.50"), 0, ""},
		{"4", "id of 64 bits", requestOf(`"method":"sum","id":9223372036854775807`), resultOf("0", "9223372036854775807"), 0, ""},
		{"4", "id beyond 64 bits", requestOf(`"method":"sum","id":123456789012345678901234567890`), resultOf("0", "123456789012345678901234567890"), 0, ""},
		{"4", "id comes back as it was written", requestOf(`"method":"sum","id":"\u0061\/"`), resultOf("0", `"\u0061\/"`), 0, ""},
		{"4", "id must be no boolean", requestOf(`"method":"sum","id":true`), "", -32600, "null"},
		{"4", "id must be no array", requestOf(`"method":"sum","id":[1]`), "", -32600, "null"},
		{"4", "id must be no object", requestOf(`"method":"sum","id":{}`), "", -32600, "null"},
		{"4", "members come in any order", `{"id":1,"params":[1,2],"method":"sum","jsonrpc":"2.0"}`, resultOf("3", "1"), 0, ""},
		{"4", "other members are ignored", requestOf(`"method":"sum","id":1,"meta":{"id":2,"method":[]}`), resultOf("0", "1"), 0, ""},
		{"4", "a request is an object: string", `"sum"`, "", -32600, "null"},
		{"4", "a request is an object: number", `1`, "", -32600, "null"},
		{"4", "a request is an object: null", `null`, "", -32600, "null"},
		{"4.1", "a notification is not answered", requestOf(`"method":"sum"`), "", 0, ""},
		{"4.1", "not even when it fails", requestOf(`"method":"example.fail"`), "", 0, ""},
		{"4.1", "nor when there is no such method", requestOf(`"method":"nope"`), "", 0, ""},
		{"4.1", "nor when its params are invalid", requestOf(`"method":"subtract","params":[1]`), "", 0, ""},
		{"4.1", "an invalid request without id is no notification", `{"method":"sum"}`, "", -32600, "null"},
		{"4.2", "by position", requestOf(`"method":"subtract","params":[5,3],"id":1`), resultOf("2", "1"), 0, ""},
		{"4.2", "by name", requestOf(`"method":"subtract","params":{"subtrahend":3,"minuend":5},"id":1`), resultOf("2", "1"), 0, ""},
		{"4.2", "names are case-sensitive", requestOf(`"method":"subtract","params":{"Subtrahend":3,"minuend":5},"id":1`), "", -32602, "1"},
		{"4.2", "no array for no parameters", requestOf(`"method":"get_data","params":[],"id":1`), resultOf(`["hello",5]`, "1"), 0, ""},
		{"4.2", "no object for no parameters", requestOf(`"method":"get_data","params":{},"id":1`), resultOf(`["hello",5]`, "1"), 0, ""},
		{"4.2", "missing by position", requestOf(`"method":"subtract","params":[5],"id":1`), "", -32602, "1"},
		{"4.2", "missing by name", requestOf(`"method":"subtract","params":{"minuend":5},"id":1`), "", -32602, "1"},
		{"4.2", "missing altogether", requestOf(`"method":"subtract","id":1`), "", -32602, "1"},
		{"4.2", "surplus by position", requestOf(`"method":"subtract","params":[5,3,1],"id":1`), "", -32602, "1"},
		{"4.2", "surplus by name", requestOf(`"method":"subtract","params":{"minuend":5,"subtrahend":3,"x":1},"id":1`), "", -32602, "1"},
		{"5", "result is there on success, null too", requestOf(`"method":"example.nothing","id":1`), resultOf("null", "1"), 0, ""},
		{"5.1", "parse error", `{"jsonrpc":`, "", -32700, "null"},
		{"5.1", "parse error: nothing", ``, "", -32700, "null"},
		{"5.1", "parse error: invalid UTF-8", requestOf("\"method\":\"s\xff\",\"id\":1"), "", -32700, "null"},
		{"5.1", "parse error: a member twice", requestOf(`"method":"sum","id":1,"id":2`), "", -32700, "null"},
		{"5.1", "parse error: text behind the request", requestOf(`"method":"sum","id":1`) + `x`, "", -32700, "null"},
		{"5.1", "wrong type", requestOf(`"method":"example.add","params":["a",1],"id":1`), "", -32602, "1"},
		{"5.1", "internal error", requestOf(`"method":"example.secretly","id":1`), "", -32603, "1"},
		{"6", "an empty batch is invalid, alone", `[]`, "", -32600, "null"},
		{"6", "all responses", "[" + requestOf(`"method":"sum","id":1`) + "," + requestOf(`"method":"sum","id":2`) + "]",
			"[" + resultOf("0", "1") + "," + resultOf("0", "2") + "]", 0, ""},
		{"6", "a batch of one is answered as one", "[" + requestOf(`"method":"sum","id":1`) + "]", "[" + resultOf("0", "1") + "]", 0, ""},
		{"6", "notifications are left out", "[" + requestOf(`"method":"sum"`) + "," + requestOf(`"method":"sum","id":2`) + "]", "[" + resultOf("0", "2") + "]", 0, ""},
		{"6", "nothing for notifications alone", "[" + requestOf(`"method":"sum"`) + "," + requestOf(`"method":"nope"`) + "]", "", 0, ""},
	} {
		t.Run(test.section+" "+test.rule, func(t *testing.T) {
			got, _ := post(t, set, nil, test.in)
			if test.code == 0 {
				if got != test.want {
					t.Errorf("%s\n got %s\nwant %s", test.in, got, test.want)
				}
				return
			}
			if !strings.HasPrefix(got, errorStart(test.code)) || !strings.HasSuffix(got, `,"id":`+test.id+`}`) {
				t.Errorf("%s\n got %s\nwant code %d, id %s", test.in, got, test.code, test.id)
			}
		})
	}
}

// Each of core's codes has its number and a text, and no other part of a Fault is needed.
func TestCodes(t *testing.T) {
	set := newSet(t, nil, value.Limits{})
	want := map[core.Code]int{
		core.Internal: -32603, core.Malformed: -32600, core.Invalid: -32602, core.NotFound: -32601, core.Unauthenticated: -32001,
		core.Denied: -32003, core.Exists: -32009, core.Conflict: -32009, core.TooLarge: -32013, core.Exhausted: -32029,
		core.Unavailable: -32053, core.Timeout: -32054, core.Canceled: -32800, core.Failed: -32000,
	}
	for _, code := range core.Codes() {
		got, _ := post(t, set, nil, requestOf(fmt.Sprintf(`"method":"example.code%d","id":1`, code)))
		if !strings.HasPrefix(got, errorStart(want[code])) || strings.Contains(got, `"message":""`) {
			t.Errorf("%v: got %s, want code %d and a text", code, got, want[code])
		}
	}
}

func TestLimits(t *testing.T) {
	set := newSet(t, &Options{MaxBatch: 2}, value.Limits{Depth: 5, Elements: 2200, Bytes: 16000})
	call := requestOf(`"method":"sum","id":1`)
	sum := resultOf("0", "1")
	many := func(n int) string { return strings.TrimSuffix(strings.Repeat("0,", n), ",") }
	for _, test := range []struct {
		name, in, want string
		code           int
	}{
		{"batch at its limit", "[" + call + "," + call + "]", "[" + sum + "," + sum + "]", 0},
		{"batch over its limit", "[" + call + "," + call + "," + call + "]", "", -32013},
		{"arguments at their limit", requestOf(`"method":"sum","params":[` + many(maxArguments) + `],"id":1`), sum, 0},
		{"arguments over their limit", requestOf(`"method":"sum","params":[` + many(maxArguments+1) + `],"id":1`), "", -32602},
		{"argument too deep", requestOf(`"method":"example.echo","params":[[[[[[1]]]]]],"id":1`), "", -32013},
		{"too many values", requestOf(`"method":"example.echo","params":[[` + many(3000) + `]],"id":1`), "", -32013},
		{"too long", strings.Repeat(" ", 16001) + call, "", -32013},
		{"deep only where it is ignored", requestOf(`"method":"sum","id":1,"x":[[[[[[1]]]]]]`), sum, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, _ := post(t, set, nil, test.in)
			if test.code == 0 && got != test.want || test.code != 0 && !strings.HasPrefix(got, errorStart(test.code)) {
				t.Errorf("got %s\nwant %s or code %d", got, test.want, test.code)
			}
		})
	}
}

// One element of a batch that is too deep, or whose result cannot be written, costs nobody else.
func TestElementsOfABatchStandAlone(t *testing.T) {
	set := newSet(t, nil, value.Limits{Depth: 5})
	got, _ := post(t, set, nil, "["+requestOf(`"method":"example.echo","params":[[[[[[1]]]]]],"id":1`)+","+
		requestOf(`"method":"example.cycle","id":2`)+","+requestOf(`"method":"sum","params":[1,2],"id":3`)+"]")
	want := []string{errorStart(-32013), errorStart(-32603), resultOf("3", "3")}
	rest := got
	for _, part := range want {
		i := strings.Index(rest, part)
		if i < 0 {
			t.Fatalf("got %s\nwithout %s in its place", got, part)
		}
		rest = rest[i+len(part):]
	}
}

// What answers need of memory is counted over a whole batch. Who comes too late is told so.
func TestAnswersHaveALimit(t *testing.T) {
	set := newSet(t, nil, value.Limits{Bytes: 2000})
	echo := func(text string) string { return requestOf(`"method":"example.echo","params":["` + text + `"],"id":1`) }
	quotes := strings.Repeat(`\"`, 300) // 300 bytes as a value, 600 as JSON
	got, _ := post(t, set, nil, "["+echo(quotes)+","+echo(quotes)+"]")
	if want := "[" + resultOf(`"`+quotes+`"`, "1") + "," + resultOf(`"`+quotes+`"`, "1") + "]"; got != want {
		t.Errorf("below the limit: got %s\nwant %s", got, want)
	}
	long := requestOf(`"method":"example.long","id":1`)
	got, _ = post(t, set, nil, "["+long+","+long+"]")
	want := "[" + resultOf(`"`+longText+`"`, "1") + "," + errorStart(-32013) + `"message":"more bytes than the limit allows"},"id":1}]`
	if got != want {
		t.Errorf("over the limit: got %s\nwant %s", got, want)
	}
}

// A target that gives back what it was given has not looked at it: what is nested too deep there is the caller's doing.
func TestEchoHasTheLimitsOfArguments(t *testing.T) {
	set := newSet(t, nil, value.Limits{Depth: 10})
	deep := strings.Repeat("[", 20) + strings.Repeat("]", 20)
	got, _ := post(t, set, nil, requestOf(`"method":"example.echo","params":[`+deep+`],"id":1`))
	if !strings.HasPrefix(got, errorStart(-32013)) {
		t.Errorf("got %s, want error -32013", got)
	}
}

// The calls of a batch that come after its end of time do not run.
func TestBatchEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	ran := 0
	set := newSetOf(t, core.NewServiceMapper(core.NewService("").Map("stop", core.Func0(func(context.Context) (int, error) {
		ran++
		cancel()
		return ran, nil
	}))), nil, value.Limits{})
	r := &reply{header: http.Header{}}
	call := requestOf(`"method":"stop","id":1`)
	if err := set.Serve(ctx, "rpc", &core.Inbound{Unit: []byte("[" + call + "," + call + "]"), Reply: r}); err != nil {
		t.Fatal(err)
	}
	want := "[" + resultOf("1", "1") + "," + errorStart(-32800)
	if ran != 1 || len(r.units) != 1 || !strings.HasPrefix(r.units[0], want) {
		t.Errorf("ran %d calls, got %s\nwant one call and %s", ran, r.units, want)
	}
}

// Units are served at once without touching each other, and one after the other with the same buffers.
func TestServeAtOnce(t *testing.T) {
	set := newSet(t, nil, value.Limits{})
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for n := range 50 {
				want := strings.Repeat(strconv.Itoa(i), n*40)
				unit := requestOf(`"method":"example.echo","params":["` + want + `"],"id":` + strconv.Itoa(n))
				if got, _ := post(t, set, nil, unit); got != resultOf(`"`+want+`"`, strconv.Itoa(n)) {
					t.Errorf("call %d of %d: got %s", n, i, got)
				}
			}
		})
	}
	all.Wait()
}

// An answer that cannot be sent is the transport's matter.
func TestSendFails(t *testing.T) {
	gone := errors.New("gone")
	in := &core.Inbound{Unit: []byte(requestOf(`"method":"sum","id":1`)), Reply: broken{discard{http.Header{}}, gone}}
	if err := newSet(t, nil, value.Limits{}).Serve(t.Context(), "rpc", in); !errors.Is(err, gone) {
		t.Errorf("got %v, want %v", err, gone)
	}
}

// A broken is a Reply that cannot send.
type broken struct {
	discard
	err error
}

func (b broken) Send(context.Context, []byte) error { return b.err }

// Wherever in a request the values run out, there is one answer, and it says so.
func TestElementsRunOut(t *testing.T) {
	unit := "[" + requestOf(`"method":"example.echo","params":[[1]],"x":{},"id":1`) + "," + requestOf(`"method":"sum","params":{},"id":2`) + "]"
	refused := 0
	for elements := 1; elements <= 20; elements++ {
		got, _ := post(t, newSet(t, nil, value.Limits{Elements: elements}), nil, unit)
		if strings.HasPrefix(got, "[") {
			continue // all was read; the encoder may have had too little
		}
		refused++
		if !strings.HasPrefix(got, errorStart(-32013)) || !strings.HasSuffix(got, `,"id":null}`) {
			t.Errorf("%d elements: got %s", elements, got)
		}
	}
	if refused < 10 || refused == 20 {
		t.Errorf("refused %d of 20, want most but not all", refused)
	}
}

// A session that cannot be loaded is no reason to go on without one.
func TestStoreIsGone(t *testing.T) {
	set := newSet(t, nil, value.Limits{})
	_, header := post(t, set, nil, requestOf(`"method":"example.sessionSet","params":["a",1],"id":1`))
	c := sessionCookie(t, header)
	if err := set.Close(); err != nil || c == nil {
		t.Fatalf("cookie %v, close: %v", c, err)
	}
	got, _ := post(t, set, http.Header{"Cookie": {c.Name + "=" + c.Value}}, requestOf(`"method":"example.nothing","id":1`))
	if !strings.HasPrefix(got, errorStart(-32053)) || strings.Contains(got, "closed") {
		t.Errorf("got %s", got)
	}
}
