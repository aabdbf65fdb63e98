package core

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestFollowerForms pins the stored forms of leases and push rows, and cuts them off at each byte.
func TestFollowerForms(t *testing.T) {
	at := time.UnixMilli(1_700_000_000_000)
	state := leaseState{epoch: "e", cursor: 7, holder: "h", until: at, wide: true, round: pushRound{upTo: 9, place: "0p"}}
	row := &pushRow{
		Subscription: Subscription{ID: "i", Topic: Topic{"d", "s"}, Selector: "x = 1", MaxFrequency: 0.5}, socket: "k", created: at, epoch: "e",
		counts: []int{1, 4}, leads: true, pending: true, silent: at, until: at.Add(time.Nanosecond), head: position{number: 2, index: 3}, start: positions{{1, position{number: 5}}},
	}
	set := &ChannelSet{opts: (&Options{}).withDefaults()}
	forms := []struct {
		name, form, want string
		read             func(body []byte) error
	}{
		{"lease", string(state.form()), "\x01\x01e\x07\x01h\x80\xa0\xab\xfe\xf9\x62\x02\x09\x020p", func(body []byte) error {
			got, err := readLease(Item{Body: body})
			if err == nil {
				if diff := cmp.Diff(state, got, cmp.AllowUnexported(leaseState{}, pushRound{})); diff != "" {
					t.Error(diff)
				}
			}
			return err
		}},
		{
			"row", string(row.item().Body),
			"\x02\x01k\x02\x02\x80\x80\xd0\xe2\xc6\xbf\xce\x97/\x82\x80\xd0\xe2\xc6\xbf\xce\x97/\x01\x01\x05\x00\x00\x00\x02\x01\x04\x01i\x01d\x01s\x05x = 1\x80\x80\x80\x80\x80\x80\x80\xf0\x3f\x80\xa0\xab\xfe\xf9\x62\x01e\x01\x00\x02\x03\x00\x00\x00",
			func(body []byte) error {
				got, err := set.readPushRow(Item{Body: body})
				if err == nil && (got.Subscription != row.Subscription || got.socket != "k" || got.head != row.head || !got.pending || !got.leads || len(got.counts) != 2 || got.epoch != "e" ||
					!got.silent.Equal(at) || !got.until.Equal(row.until) || len(got.start) != 1) {
					t.Errorf("got %+v", got)
				}
				return err
			},
		},
	}
	const before = "\x01\x01k\x02\x02\x02\x01\x04\x01i\x01d\x01s\x05x = 1\x80\x80\x80\x80\x80\x80\x80\xf0\x3f\x80\xa0\xab\xfe\xf9\x62\x01e\x01\x00\x02\x03\x00\x00\x00"
	if got, err := set.readPushRow(Item{Body: []byte(before)}); err != nil || !got.pending || !got.silent.IsZero() || got.Subscription != row.Subscription {
		t.Errorf("form 1 of a row: got %+v, %v", got, err)
	}
	for _, f := range forms {
		t.Run(f.name, func(t *testing.T) {
			if f.form != f.want {
				t.Errorf("got\n%q, want\n%q", f.form, f.want)
			}
			if err := f.read([]byte(f.form)); err != nil {
				t.Error(err)
			}
			for end := range len(f.form) {
				if f.read([]byte(f.form[:end])) == nil {
					t.Errorf("the first %d bytes were taken for all", end)
				}
			}
		})
	}
}
