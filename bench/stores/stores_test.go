package main

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/stores/memory"
)

func TestPercentile(t *testing.T) {
	hundred := make([]int, 100)
	for i := range hundred {
		hundred[len(hundred)-1-i] = i + 1 // falling: the order must not matter
	}
	for _, row := range []struct {
		name   string
		values []int
		p      float64
		want   int
	}{
		{"of none", nil, 50, 0},
		{"of one", []int{7}, 99, 7},
		{"middle of three", []int{9, 1, 5}, 50, 5},
		{"middle of four is the lower", []int{4, 3, 2, 1}, 50, 2},
		{"50 of a hundred", hundred, 50, 50},
		{"99 of a hundred", hundred, 99, 99},
		{"all of a hundred", hundred, 100, 100},
		{"the least", hundred, 0, 1},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := percentile(row.values, row.p); got != row.want {
				t.Errorf("got %d, want %d", got, row.want)
			}
		})
	}
}

func TestFigureOf(t *testing.T) {
	usual := sample{took: 2e6, verbs: verbs{"create": 1}, units: core.Units{Writes: 1}}
	other := sample{took: 9e6, verbs: verbs{"create": 1, "get": 1, "range": 2}, units: core.Units{Reads: 8, Writes: 1}}
	got := figureOf([]sample{usual, other, usual, usual})
	want := figure{
		Samples: 4, P50: 2, P99: 9, Verbs: "create",
		Asked: units{Writes: 1}, Usual: units{Writes: 1}, Mean: units{Reads: 2, Writes: 1},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := other.verbs.String(); got != "create, get, 2 range" {
		t.Errorf("verbs are %q", got)
	}
	if got := other.verbs.units(); got != (core.Units{Reads: 3, Writes: 1}) {
		t.Errorf("verbs are %v", got)
	}
}

const (
	dynamo     = 0 // places in tariffs
	standard   = 1
	enterprise = 2
)

// Dollars for a million, as anybody can reckon them from the price lists.
func TestMillion(t *testing.T) {
	for _, row := range []struct {
		name     string
		tariff   int
		units    units
		expiring float64
		want     float64
	}{
		{"publish, DynamoDB", dynamo, units{Writes: 1}, 1, 0.625},
		{"idle poll, DynamoDB", dynamo, units{Reads: 2}, 0, 0.25},
		{"delivering poll, DynamoDB", dynamo, units{Reads: 2, Writes: 1}, 0, 0.875},
		{"publish, Firestore", standard, units{Writes: 1}, 1, 1.00},
		{"idle poll, Firestore", standard, units{Reads: 2}, 0, 0.60},
		{"delivering poll, Firestore", standard, units{Reads: 2, Writes: 1}, 0, 1.50},
		{"idle poll, Enterprise", enterprise, units{Reads: 2}, 0, 0.10},
		{"publish, Enterprise", enterprise, units{Writes: 1}, 1, 0.52},
		{"nothing", dynamo, units{}, 0, 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			wantClose(t, tariffs[row.tariff].million(row.units, row.expiring), row.want)
		})
	}
}

func wantClose(t *testing.T, got, want float64) {
	t.Helper()
	if math.Abs(got-want) > 0.005*math.Abs(want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// A million idle polls on AWS in all, and a month of one client that polls every three seconds.
func TestRequests(t *testing.T) {
	idle := tariffs[dynamo].million(promised[opIdle], 0)
	for i, row := range []struct {
		name           string
		million, month float64
	}{
		{"function URL", 0.483, 0.418},
		{"HTTP API", 1.483, 1.28},
		{"REST API", 3.983, 3.44},
	} {
		t.Run(row.name, func(t *testing.T) {
			if doors[i].name != row.name {
				t.Fatalf("the door is %s", doors[i].name)
			}
			million := idle + lambda.million() + doors[i].request
			wantClose(t, million, row.million)
			wantClose(t, million*pollsOfMonth(3)/1e6, row.month)
		})
	}
}

func TestQueueModel(t *testing.T) {
	aKilobyte := queueModel{messageBytes: 1024}
	documents := queueModel{messageBytes: 1024, perDocument: true}
	for _, row := range []struct {
		name string
		got  float64
		want float64
	}{
		{"publish to 1", tariffs[dynamo].million(aKilobyte.publish(1), 0), 0.75},
		{"publish to 100", tariffs[dynamo].million(aKilobyte.publish(100), 0), 62.88},
		{"publish to 10,000", tariffs[dynamo].million(aKilobyte.publish(1e4), 0), 6287},
		{"publish to 1,000,000", tariffs[dynamo].million(aKilobyte.publish(1e6), 0), 628_662},
		{"publish to 100, Firestore", tariffs[standard].million(documents.publish(100), 0), 120},
		{"poll for 10 messages", aKilobyte.deliver(10).Reads, 3},
		{"poll for 10 messages, Firestore", documents.deliver(10).Reads, 11},
		{"to all of 100", aKilobyte.all(tariffs[dynamo], 100, 1), 62.88 + 100*(0.25+0.625)},
		{"to all of 100, Firestore", documents.all(tariffs[standard], 100, 1), 120 + 100*(1.20+0.10)},
	} {
		t.Run(row.name, func(t *testing.T) { wantClose(t, row.got, row.want) })
	}
}

func TestLogModel(t *testing.T) {
	one := logModel(tariffs[dynamo], promised[opPublish], promised[opDeliver], promised[opConfirm], 1)
	ten := logModel(tariffs[dynamo], promised[opPublish], promised[opDeliverTen], promised[opConfirm], 10)
	for _, row := range []struct {
		name      string
		got, want float64
	}{
		{"nobody reads", one.all(0), 0.625},
		{"to all of 1,000", one.all(1000), 0.625 + 1750},
		{"ten at a time", ten.all(1000), 0.625 + 175},
	} {
		t.Run(row.name, func(t *testing.T) { wantClose(t, row.got, row.want) })
	}
}

func TestRoom(t *testing.T) {
	c := counted(promised)
	for _, row := range []struct {
		name      string
		room      room
		got, want func(room) float64
	}{
		{
			"silent", room{people: 100, hoursOfDay: 8, pollSeconds: 3},
			func(r room) float64 { return r.month(tariffs[dynamo], c, false) },
			func(r room) float64 { return r.polls() / 1e6 * 0.25 },
		},
		{
			"so loud that every poll delivers", room{people: 100, hoursOfDay: 8, pollSeconds: 3, messagesOfMinute: 600},
			func(r room) float64 { return r.month(tariffs[dynamo], c, false) },
			func(r room) float64 { return r.polls()/1e6*0.875 + r.messages()/1e6*0.625 },
		},
		{
			"each message is a read", room{people: 100, hoursOfDay: 8, pollSeconds: 3, messagesOfMinute: 600},
			func(r room) float64 { return r.month(tariffs[standard], c, true) },
			func(r room) float64 { return r.polls()/1e6*(31*0.30+0.90) + r.messages()/1e6*1.00 },
		},
		{"polls", room{people: 100, hoursOfDay: 8, pollSeconds: 3}, room.polls, func(room) float64 { return 28.8e6 }},
		{"messages", room{hoursOfDay: 8, messagesOfMinute: 10}, room.messages, func(room) float64 { return 144_000 }},
	} {
		t.Run(row.name, func(t *testing.T) { wantClose(t, row.got(row.room), row.want(row.room)) })
	}
}

func TestLogReads(t *testing.T) {
	for _, row := range []struct {
		name              string
		subscribers, want float64
	}{
		{"as many as one partition serves", 9_000, partitionReads},
		{"a million", 1e6, 333_333},
	} {
		t.Run(row.name, func(t *testing.T) { wantClose(t, logReads(row.subscribers, 3), row.want) })
	}
}

func TestNumbers(t *testing.T) {
	for _, row := range []struct{ name, got, want string }{
		{"nothing", number(0), "0"},
		{"whole", number(2), "2"},
		{"a part", number(1.285), "1.28"},
		{"hundreds", number(333.3), "333"},
		{"thousands", number(1234567.8), "1,234,568"},
		{"no money", dollars(0), "0"},
		{"less than a dollar", dollars(0.25), "$0.250"},
		{"dollars", dollars(62.876), "$62.88"},
		{"many dollars", dollars(628662.5), "$628,663"},
		{"one of a unit", units{Reads: 1, Writes: 2}.String(), "1 read and 2 writes"},
	} {
		t.Run(row.name, func(t *testing.T) {
			if row.got != row.want {
				t.Errorf("got %q, want %q", row.got, row.want)
			}
		})
	}
}

func TestCounts(t *testing.T) {
	for _, row := range []struct {
		name, list string
		want       []int
		fails      bool
	}{
		{"one", "7", []int{7}, false},
		{"out of order and twice", "100,1,100", []int{1, 100}, false},
		{"none", "0", nil, true},
		{"no number", "1,many", nil, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, err := counts(row.list)
			if diff := cmp.Diff(row.want, got); diff != "" || (err != nil) != row.fails {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
		})
	}
}

// A driver that charges more than is promised is found out, and so is one of which more is asked.
func TestMisses(t *testing.T) {
	k := &kind{name: "k", allows: map[string]allowance{opDeliverTen: {units{11, 1}, "each message is a read"}}}
	good := func(op string) figure {
		return figure{Store: "k", Subscribers: 100, Operation: op, Asked: promised[op], Usual: promised[op]}
	}
	charged := func(op string, u units) figure {
		f := good(op)
		f.Usual = u
		return f
	}
	asked := good(opPublish)
	asked.Asked = units{Reads: 1, Writes: 1}
	for _, row := range []struct {
		name   string
		report report
		want   string // part of what is said; empty: nothing is
	}{
		{"all is well", report{Figures: []figure{good(opPublish), good(opIdle), good(opDeliver), good(opConfirm)}}, ""},
		{"less is fine", report{Figures: []figure{charged(opIdle, units{Reads: 1})}}, ""},
		{"an idle poll that writes", report{Figures: []figure{charged(opIdle, units{2, 1})}}, "idle poll: it is charged 2 reads and 1 write"},
		{"a call that reads", report{Figures: []figure{charged(opCall, units{1, 0})}}, "call without a session"},
		{"a publish that asks more", report{Figures: []figure{asked}}, "publish: of the store it asks 1 read and 1 write"},
		{"allowed", report{Figures: []figure{charged(opDeliverTen, units{11, 1})}}, ""},
		{"beyond what is allowed", report{Figures: []figure{charged(opDeliverTen, units{12, 1})}}, "promised are 11 reads and 1 write"},
		{"another store", report{Figures: []figure{{Store: "other", Operation: opIdle, Usual: units{9, 9}}}}, ""},
		{"to all", report{Fans: []fanFigure{{Store: "k", Subscribers: 200, Polling: 100, Asked: units{400, 201}}}}, ""},
		{"to all, with a write too much for each", report{Fans: []fanFigure{{Store: "k", Subscribers: 100, Polling: 100, Asked: units{400, 301}}}}, "301 writes"},
	} {
		t.Run(row.name, func(t *testing.T) {
			got := strings.Join(misses(k, &row.report), "\n")
			if !strings.Contains(got, row.want) || (row.want == "") != (got == "") {
				t.Errorf("got %q, want %q", got, row.want)
			}
		})
	}
}

func TestFill(t *testing.T) {
	for _, row := range []struct{ name, text, want, failure string }{
		{"replaced", "a\n<!-- bench/stores: x -->\nold\n<!-- end -->\nb\n", "a\n<!-- bench/stores: x -->\nnew\n<!-- end -->\nb\n", ""},
		{"no beginning", "a\n<!-- end -->\n", "", "there is no line"},
		{"no end", "a\n<!-- bench/stores: x -->\nold\n", "", "nothing ends"},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, err := fill(row.text, "x", "new\n")
			if got != row.want || (err == nil) != (row.failure == "") || err != nil && !strings.Contains(err.Error(), row.failure) {
				t.Errorf("got %q, %v; want %q, %q", got, err, row.want, row.failure)
			}
		})
	}
}

// The whole way, on the store that is always there.
func TestMeasureStore(t *testing.T) {
	var r report
	s := &settings{subscribers: []int{1, 50}, samples: 3, crush: true, quiet: true}
	if err := measureStore(t.Context(), kindOf("memory"), memory.New(nil), s, &r); err != nil {
		t.Fatal(err)
	}
	if missed := misses(kindOf("memory"), &r); len(missed) > 0 {
		t.Errorf("missed: %s", strings.Join(missed, "; "))
	}
	if got, want := len(r.Figures), 2*len(operations); got != want {
		t.Errorf("got %d figures, want %d", got, want)
	}
	for _, f := range r.Figures {
		if f.Samples < 3 {
			t.Errorf("%s: %d samples", f.Operation, f.Samples)
		}
	}
	if got, want := r.Fans[1].Asked, (units{Reads: 4 * 50, Writes: 1 + 2*50}); got != want {
		t.Errorf("one message to 50: got %v, want %v", got, want)
	}
	if len(r.Crushes) != 2 || r.Crushes[0].Asked.Writes > 1 || r.Crushes[1].Asked.Writes < 1 {
		t.Errorf("many at once: got %+v, want to share puts in one process and not in many", r.Crushes)
	}
	if len(tablesOf(&r)) == 0 {
		t.Error("no tables")
	}
}
