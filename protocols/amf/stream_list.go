package amf

import (
	"sync"

	"github.com/patchbay-go/patchbay/core"
)

// A streamList is the streams that are open on an endpoint in this process: to count them, and for a close to find its own.
type streamList struct {
	mu     sync.Mutex
	count  int // those that were replaced and have not yet ended too
	byConn map[streamKey]*stream
}

// A streamKey names a connection, which has one stream.
type streamKey struct{ client, channel string }

func keyOf(conn *core.Connection) streamKey { return streamKey{conn.Client().ID(), conn.Channel()} }

// admit counts a stream of conn in, where there is room. The one that it is going to replace takes none.
func (l *streamList) admit(conn *core.Connection, most int) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	others := l.count
	if l.byConn[keyOf(conn)] != nil {
		others--
	}
	if others >= most {
		return false
	}
	l.count++
	return true
}

// enter makes st, which was admitted, the stream of its connection.
func (l *streamList) enter(st *stream) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.byConn == nil {
		l.byConn = map[streamKey]*stream{}
	}
	l.byConn[keyOf(st.conn)] = st
}

// leave takes out a stream that was admitted, and says that it has ended.
func (l *streamList) leave(st *stream) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.count--
	if key := keyOf(st.conn); l.byConn[key] == st {
		delete(l.byConn, key)
	}
	close(st.ended)
}

// find returns the stream of a connection, if it has that id and runs here.
func (l *streamList) find(conn *core.Connection, id string) *stream {
	l.mu.Lock()
	defer l.mu.Unlock()
	if st := l.byConn[keyOf(conn)]; st != nil && st.id == id {
		return st
	}
	return nil
}

// has reports whether the client has a stream on the channel here.
func (l *streamList) has(key streamKey) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.byConn[key] != nil
}

// admit is the fault where there are too many streams, of all clients on this endpoint or of this one over all its channels. Who is
// admitted has to leave.
func (e *Endpoint) admit(set *core.ChannelSet, conn *core.Connection, browser *Browser) error {
	most := e.opts.MaxClientStreams
	if browser.MaxStreams != 0 {
		most = min(most, browser.MaxStreams)
	}
	own := 1
	for _, c := range set.Channels() {
		other, ok := c.Endpoint.(*Endpoint)
		if ok && c.Name != conn.Channel() && other.streams.has(streamKey{conn.Client().ID(), c.Name}) {
			own++
		}
	}
	if own > most || !e.streams.admit(conn, e.opts.MaxStreams) {
		return core.Unavailable.Errorf("The server cannot grant a stream to this client because a limit has been reached.")
	}
	return nil
}
