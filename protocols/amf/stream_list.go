package amf

import (
	"sync"

	"github.com/patchbay-go/patchbay/core"
)

// A streamList is the streams that are open on an endpoint in this process: to count them, and for a close to find its own.
type streamList struct {
	mu     sync.Mutex
	byID   map[string]*stream
	byConn map[streamKey]int // how many; those beyond one are about to find that they were replaced
}

// A streamKey names a connection, which has one stream.
type streamKey struct{ client, channel string }

func keyOf(conn *core.Connection) streamKey { return streamKey{conn.Client().ID(), conn.Channel()} }

// admit takes a stream in, where there is room. Those of its connection that it is going to replace take none.
func (l *streamList) admit(st *stream, most int) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	key := keyOf(st.conn)
	if len(l.byID)-l.byConn[key] >= most {
		return false
	}
	if l.byID == nil {
		l.byID, l.byConn = map[string]*stream{}, map[streamKey]int{}
	}
	l.byID[st.id] = st
	l.byConn[key]++
	return true
}

// leave takes out a stream that was admitted, and says that it has ended.
func (l *streamList) leave(st *stream) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.byID, st.id)
	key := keyOf(st.conn)
	if l.byConn[key]--; l.byConn[key] == 0 {
		delete(l.byConn, key)
	}
	close(st.ended)
}

// find returns the stream with that id, if it runs here.
func (l *streamList) find(id string) *stream {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.byID[id]
}

// has reports whether the client has a stream on the channel here.
func (l *streamList) has(key streamKey) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.byConn[key] > 0
}

// admit is the fault where there are too many streams, of all clients on this endpoint or of this one over all its channels. Who is
// admitted has to leave.
func (e *Endpoint) admit(st *stream, browser *Browser) error {
	most := e.opts.MaxClientStreams
	if browser.MaxStreams != 0 {
		most = min(most, browser.MaxStreams)
	}
	own := 1
	for _, c := range st.set.Channels() {
		other, ok := c.Endpoint.(*Endpoint)
		if ok && c.Name != st.conn.Channel() && other.streams.has(streamKey{st.conn.Client().ID(), c.Name}) {
			own++
		}
	}
	if own > most || !e.streams.admit(st, e.opts.MaxStreams) {
		return core.Unavailable.Errorf("The server cannot grant a stream to this client because a limit has been reached.")
	}
	return nil
}
