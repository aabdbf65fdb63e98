package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/patchbay-go/patchbay/stores/memory"
)

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
