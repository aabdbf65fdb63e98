package pubsub

import (
	"encoding/json"
	"errors"

	"github.com/patchbay-go/patchbay/core"
)

// A payload is a JSON list of notices, with names as short as they can be: Pub/Sub bills by the KB.
type payload struct {
	Form    int      `json:"patchbay-notices"`
	Notices []notice `json:"n"`
}

// payloadForm is the form of payloads. One of another form is of an instance of another version, and is left to the interval.
const payloadForm = 1

// A notice is a core.Notice.
type notice struct {
	Realm       string `json:"r"`
	Destination string `json:"d,omitempty"`
	Shard       int    `json:"s,omitempty"`
	Number      uint64 `json:"i,omitempty"`
	Connection  string `json:"c,omitempty"`
}

// maxPayload is how many bytes a payload may have, maxNotices how many notices, and maxText how many bytes one of their texts.
const (
	maxPayload = 1 << 20
	maxNotices = 256
	maxText    = 1 << 10
)

// fits reports whether others would take a notice.
func fits(n core.Notice) bool {
	return len(n.Realm) <= maxText && len(n.Destination) <= maxText && len(n.Connection) <= maxText
}

func appendPayload(notices []core.Notice) ([]byte, error) {
	p := payload{Form: payloadForm, Notices: make([]notice, len(notices))}
	for i, n := range notices {
		p.Notices[i] = notice(n)
	}
	return json.Marshal(p)
}

var errPayload = errors.New("no payload of a bus")

// readPayload returns the notices of a payload, if all of it can be read.
func readPayload(b []byte) ([]core.Notice, error) {
	if len(b) > maxPayload {
		return nil, errPayload
	}
	var p payload
	if err := json.Unmarshal(b, &p); err != nil || p.Form != payloadForm || len(p.Notices) > maxNotices {
		return nil, errPayload
	}
	notices := make([]core.Notice, len(p.Notices))
	for i, n := range p.Notices {
		notices[i] = core.Notice(n)
		if n.Shard < 0 || !fits(notices[i]) {
			return nil, errPayload
		}
	}
	return notices, nil
}

// A batch are notices that go in one payload. Of several of one log the last is enough.
type batch struct {
	notices []core.Notice
	place   map[core.Notice]int // in notices, by the notice without its number
}

func (t *batch) add(n core.Notice) {
	about := n
	about.Number = 0
	if i, ok := t.place[about]; ok {
		t.notices[i].Number = max(t.notices[i].Number, n.Number)
		return
	}
	if t.place == nil {
		t.place = map[core.Notice]int{}
	}
	t.place[about] = len(t.notices)
	t.notices = append(t.notices, n)
}

func (t *batch) full() bool { return len(t.notices) >= maxNotices }
