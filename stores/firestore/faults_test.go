//go:build peers

package firestore_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/stores/firestore"
)

// A change is a write of one verb to an item that is as the verb wants it.
type change struct {
	verb  string
	there bool // the item is there
	do    func(ctx context.Context, s *firestore.Store, it core.Item) (uint64, error)
}

var changes = []change{
	{"create", false, func(ctx context.Context, s *firestore.Store, it core.Item) (uint64, error) { return s.Create(ctx, it) }},
	{"replace", true, func(ctx context.Context, s *firestore.Store, it core.Item) (uint64, error) { return s.Replace(ctx, it) }},
	{"put", true, func(ctx context.Context, s *firestore.Store, it core.Item) (uint64, error) { return s.Put(ctx, it) }},
	{"delete", true, func(ctx context.Context, s *firestore.Store, it core.Item) (uint64, error) {
		return 0, s.Delete(ctx, it.Key, it.Version)
	}},
	{"delete anything", true, func(ctx context.Context, s *firestore.Store, it core.Item) (uint64, error) {
		return 0, s.Delete(ctx, it.Key, 0)
	}},
}

// outcomes of writes
const (
	done     = "done"
	conflict = "a conflict"
	unsure   = "an error that leaves it open"
)

func outcome(err error) string {
	switch {
	case err == nil:
		return done
	case isConflict(err):
		return conflict
	}
	return unsure
}

func isConflict(err error) bool {
	_, ok := errors.AsType[*core.ConflictError](err)
	return ok
}

// TestWritesWithFaults: what is lost on the way is tried again, what took effect is known again, and a conflict is told only of a write
// that certainly did not take place.
func TestWritesWithFaults(t *testing.T) {
	e := emulate(t)
	bystander := e.open(t, nil)
	for _, c := range []struct {
		name   string
		faults []fault
		other  string // what somebody else does before the last fault is heard
		want   map[string]string
	}{
		{"nothing", nil, "", nil},
		{"an answer is lost", []fault{lost}, "", map[string]string{"delete": unsure}},
		{"answers are lost, again and again", []fault{lost, lost, unsent, lost}, "", map[string]string{"delete": unsure}},
		{"a request does not arrive", []fault{unsent, unsent}, "", nil},
		{"the server is busy", []fault{busy, raced, busy}, "", nil},
		{"the server fails behind the write", []fault{{code: codes.Internal, does: true}}, "", map[string]string{"delete": unsure}},
		{"the server gives up behind the write", []fault{{code: codes.DeadlineExceeded, does: true}}, "", map[string]string{"delete": unsure}},
		{"the server cancels behind the write", []fault{{code: codes.Canceled, does: true}}, "", map[string]string{"delete": unsure}},
		{"somebody writes behind what took effect", []fault{lost}, "put", map[string]string{"create": unsure, "replace": unsure, "delete": unsure}},
		{"somebody deletes what took effect", []fault{lost}, "delete", map[string]string{"replace": unsure, "delete": unsure}},
		{"somebody is faster than what did not arrive", []fault{unsent}, "put", map[string]string{"create": unsure, "replace": unsure, "delete": conflict}},
		{"somebody is faster while the server is busy", []fault{busy}, "put", map[string]string{"create": conflict, "replace": conflict, "delete": conflict}},
	} {
		for _, change := range changes {
			t.Run(c.name+", "+change.verb, func(t *testing.T) {
				it := core.Item{Key: newKey(), Body: []byte("old")}
				if change.there {
					it = mustCreate(t, bystander, it)
				}
				faults := slices.Clone(c.faults)
				if c.other != "" {
					faults[len(faults)-1].before = func() { interfere(t, bystander, c.other, it.Key) }
				}
				s := e.open(t, &wire{method: "Commit", faults: faults})
				it.Body = []byte("new")
				version, err := change.do(t.Context(), s, it)
				want := c.want[change.verb]
				if want == "" {
					want = done
				}
				if got := outcome(err); got != want {
					t.Fatalf("%s is %s, want %s: %v", change.verb, got, want, err)
				}
				if err == nil {
					wantWritten(t, bystander, it.Key, version)
				}
			})
		}
	}
}

// wantWritten fails unless the new item is there with that version; 0: nothing is.
func wantWritten(t *testing.T, s *firestore.Store, key core.Key, version uint64) {
	t.Helper()
	items, err := s.Get(t.Context(), key)
	switch {
	case err != nil:
		t.Error(err)
	case version == 0 && len(items) != 0:
		t.Errorf("there is still %v", items)
	case version != 0 && (len(items) != 1 || items[0].Version != version || string(items[0].Body) != "new"):
		t.Errorf("there is %v, want what was written with version %d", items, version)
	}
}

func interfere(t *testing.T, s *firestore.Store, verb string, key core.Key) {
	t.Helper()
	if verb == "delete" {
		if err := s.Delete(t.Context(), key, 0); err != nil {
			t.Error(err)
		}
		return
	}
	if _, err := s.Put(t.Context(), core.Item{Key: key, Body: []byte("somebody's")}); err != nil {
		t.Error(err)
	}
}

// TestReadsWithFaults: a read that breaks off is made again, and gives each item once.
func TestReadsWithFaults(t *testing.T) {
	e := emulate(t)
	s := e.open(t, nil)
	var keys []core.Key
	partition := newKey().Partition
	for i := range 6 {
		keys = append(keys, mustCreate(t, s, core.Item{Key: core.Key{Partition: partition, Sort: fmt.Sprint(i)}}).Key)
	}
	for name, faults := range map[string][]fault{
		"not sent": {unsent, unsent}, "cut in the middle": {lost, lost}, "busy": {busy, raced}, "failed": {{code: codes.Internal, does: true}},
	} {
		t.Run(name, func(t *testing.T) {
			get, err := e.open(t, &wire{method: "BatchGetDocuments", faults: slices.Clone(faults)}).Get(t.Context(), keys...)
			wantKeys(t, "Get", get, err, keys)
			read, err := e.open(t, &wire{method: "RunQuery", faults: slices.Clone(faults)}).Range(t.Context(), partition, "", 0, 0)
			wantKeys(t, "Range", read, err, keys)
			some, err := e.open(t, &wire{method: "RunQuery", faults: slices.Clone(faults)}).Range(t.Context(), partition, "0", 4, 0)
			wantKeys(t, "Range of 4", some, err, keys[1:5])
		})
	}
}

func wantKeys(t *testing.T, verb string, items []core.Item, err error, want []core.Key) {
	t.Helper()
	got := []core.Key{}
	for _, it := range items {
		got = append(got, it.Key)
	}
	slices.SortFunc(got, func(a, b core.Key) int { return strings.Compare(a.Sort, b.Sort) })
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%s gives %q, %v; want %q", verb, got, err, want)
	}
}

// TestDeadlines: a verb that gets no answer ends with its context, and tells of the last answer.
func TestDeadlines(t *testing.T) {
	e := emulate(t)
	s := e.open(t, &wire{method: "Commit", faults: []fault{unsent}, always: true})
	for _, change := range changes {
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		start := time.Now()
		_, err := change.do(ctx, s, core.Item{Key: newKey(), Version: 1<<63 - 1})
		cancel()
		if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "as the test has it") {
			t.Errorf("%s: got %v, want an ended deadline and the last answer", change.verb, err)
		}
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("%s took %v", change.verb, took)
		}
	}
}

// TestFinalErrors: what trying again does not mend is told at once.
func TestFinalErrors(t *testing.T) {
	e := emulate(t)
	for _, code := range []codes.Code{codes.PermissionDenied, codes.Unauthenticated, codes.InvalidArgument, codes.Unimplemented} {
		w := &wire{method: "Commit", faults: []fault{{code: code}}, always: true}
		_, err := e.open(t, w).Put(t.Context(), core.Item{Key: newKey()})
		if err == nil || isConflict(err) || w.calls != 1 {
			t.Errorf("%v: %v after %d calls, want an error after one", code, err, w.calls)
		}
	}
}
