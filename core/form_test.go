package core

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/patchbay-go/patchbay/core/value"
)

// TestForms pins the stored forms: a change of one without a new number would lose the sessions that are in the stores.
func TestForms(t *testing.T) {
	seen := time.UnixMilli(1_700_000_000_000)
	client := clientState{life: "l", seen: seen, principal: &Principal{Name: "ann", Roles: []string{"a"}}, attributes: []string{"x", "y"}}
	if got, want := string(client.form()), "\x01\x01l\x80\xa0\xab\xfe\xf9\x62\x01\x03ann\x01\x01a\x02\x01x\x01y"; got != want {
		t.Errorf("client form\n%q, want\n%q", got, want)
	}
	conn := connectionState{
		created: seen, seen: seen, slot: 5, session: []byte("s"), rolledBack: seen, stream: "stream", tended: seen,
		batch: batch{id: "b", request: "r", recorded: seen}, inbox: inbox{done: 1, pending: 2, hint: 3},
		subscriptions: []subscription{{
			Subscription: Subscription{ID: "i", Topic: Topic{"d", "s"}, Selector: "x", MaxFrequency: 0.5}, created: seen, epoch: "e",
			done: positions{{shard: 1, position: position{number: 2, index: 3, pace: pace{4, 5}}}},
		}},
	}
	if got, want := string(conn.form()), "\x02\x80\xa0\xab\xfe\xf9\x62\x80\xa0\xab\xfe\xf9\x62\x0a\x01s"+
		"\x01\x01i\x01d\x01s\x01x\x80\x80\x80\x80\x80\x80\x80\xf0\x3f\x80\xa0\xab\xfe\xf9\x62\x01e\x01\x01\x02\x03\x08\x0a\x00"+
		"\x01b\x01r\x80\xa0\xab\xfe\xf9\x62\x01\x02\x03\x80\x80\xd0\xe2\xc6\xbf\xce\x97\x2f\x06stream\x80\xa0\xab\xfe\xf9\x62"; got != want {
		t.Errorf("connection form\n%q, want\n%q", got, want)
	}
	old, err := readConnection(Item{Body: []byte("\x01\x80\xa0\xab\xfe\xf9\x62\x80\xa0\xab\xfe\xf9\x62\x0a\x01s")})
	if err != nil || old.slot != 5 || string(old.session) != "s" {
		t.Errorf("the form before: got %+v, %v", old, err)
	}
	plain, err := encodePlain([]any{nil, true, 1, "a", map[string]any{"k": 0.5}}, 1000)
	if want := "\x01\x0b\x05\x00\x02\x03\x02\x08\x01a\x0c\x01\x01k\x06\x80\x80\x80\x80\x80\x80\x80\xf0\x3f"; string(plain) != want || err != nil {
		t.Errorf("plain form\n%q, want\n%q (%v)", plain, want, err)
	}
}

// TestOutsideForm pins the stored form of a gateway's socket, and cuts it off at each byte.
func TestOutsideForm(t *testing.T) {
	at := time.UnixMilli(1_700_000_000_000)
	state := outsideState{
		channel: "c", expires: at, addr: "a", target: "/t", header: http.Header{"H": {"v"}}, claims: map[string]any{"k": "c"},
		principal: &Principal{Name: "p", Roles: []string{"r"}}, trusted: at, session: "s",
		subscribed: []Subscription{{ID: "i", Topic: Topic{"d", "u"}, Selector: "x", MaxFrequency: 0.5}},
	}
	form, err := state.form()
	want := "\x01\x01c\x80\xa0\xab\xfe\xf9\x62\x01a\x02/t\x01\x01H\x01\x01v\x01\x01p\x01\x01r\x80\x80\xd0\xe2\xc6\xbf\xce\x97\x2f\x01s" +
		"\x01\x01i\x01d\x01u\x01x\x80\x80\x80\x80\x80\x80\x80\xf0\x3f\x01\x01k\x08\x01c"
	if string(form) != want || err != nil {
		t.Errorf("got\n%q, want\n%q (%v)", form, want, err)
	}
	got, err := readOutside(Item{Body: form, Version: 3})
	if err != nil || got.version != 3 {
		t.Fatalf("got %+v, %v", got, err)
	}
	if diff := cmp.Diff(state, got.outsideState, cmp.AllowUnexported(outsideState{})); diff != "" {
		t.Error(diff)
	}
	for end := range form {
		if _, err := readOutside(Item{Body: form[:end]}); err == nil {
			t.Errorf("the first %d bytes were taken for all", end)
		}
	}
}

func FuzzStoredForms(f *testing.F) {
	for _, v := range []any{nil, 1, "text", []any{map[string]any{"a": []byte{1}}}, &value.Object{Class: "c", Members: value.Members{{Name: "m", Value: 1.5}}}} {
		body, err := encodePlain(v, 1<<20)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(body)
	}
	f.Add(clientState{life: "l", attributes: []string{"x"}}.form())
	f.Add((&connectionState{session: []byte("s")}).form())
	set := &ChannelSet{opts: (&Options{}).withDefaults()}
	f.Fuzz(func(t *testing.T, body []byte) {
		_, _ = set.readClient(Item{Body: body}, set.Now())
		_, _ = readConnection(Item{Body: body})
		_, _ = readOutside(Item{Body: body})
		v, err := decodeAttribute(body)
		if err != nil || body[0] != plainForm {
			return
		}
		again, err := encodePlain(v, 1<<20)
		if err != nil {
			t.Fatalf("what was read cannot be written: %v", err)
		}
		back, err := decodeAttribute(again)
		if err != nil {
			t.Fatalf("what was written cannot be read: %v", err)
		}
		third, err := encodePlain(back, 1<<20)
		if diff := cmp.Diff(again, third); diff != "" || err != nil {
			t.Errorf("not stable: %v\n%s", err, diff)
		}
	})
}
