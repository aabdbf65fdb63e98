//go:build peers

package peers

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"
)

// A cutter stands before a server as a network does, and can be cut.
type cutter struct {
	listener net.Listener
	server   string
	busy     sync.WaitGroup // accept, and what it has started

	mu      sync.Mutex
	down    bool
	answer  string            // what a request gets while the network is down
	refused map[string]int    // how often a path has got it
	conns   map[net.Conn]bool // both sides of what passes, and those that are refused
}

// newCutter listens before the server at an address; its own is the URL returned.
func newCutter(t *testing.T, server string) (*cutter, string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &cutter{listener: listener, server: server, refused: make(map[string]int), conns: make(map[net.Conn]bool)}
	c.busy.Go(c.accept)
	t.Cleanup(func() {
		_ = listener.Close()
		c.cut("")
		c.busy.Wait()
	})
	return c, "http://" + listener.Addr().String()
}

func (c *cutter) accept() {
	for {
		client, err := c.listener.Accept()
		if err != nil {
			return
		}
		c.mu.Lock()
		c.conns[client] = true
		down, answer := c.down, c.answer
		c.mu.Unlock()
		if down {
			c.busy.Go(func() { c.refuse(client, answer) })
		} else {
			c.busy.Go(func() { c.connect(client) })
		}
	}
}

// refuse answers the first request of a connection, or closes it at once where there is no answer.
func (c *cutter) refuse(client net.Conn, answer string) {
	defer c.closed(client)
	if answer == "" {
		return
	}
	r, err := http.ReadRequest(bufio.NewReader(client))
	if err != nil {
		return
	}
	_, _ = io.WriteString(client, answer)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.refused[r.URL.Path]++
}

func (c *cutter) connect(client net.Conn) {
	server, err := net.Dial("tcp", c.server)
	if err != nil {
		c.closed(client)
		return
	}
	c.mu.Lock()
	c.conns[server] = true
	c.mu.Unlock()
	c.busy.Go(func() { c.pass(client, server) })
	c.pass(server, client)
}

// pass copies until either side has ended, and then ends both.
func (c *cutter) pass(to, from net.Conn) {
	_, _ = io.Copy(to, from)
	c.closed(to)
	c.closed(from)
}

func (c *cutter) closed(conn net.Conn) {
	_ = conn.Close()
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.conns, conn)
}

// cut ends every connection. New ones are closed until mend, after the answer if there is one.
func (c *cutter) cut(answer string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.down, c.answer = true, answer
	for conn := range c.conns {
		_ = conn.Close()
	}
}

func (c *cutter) mend() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.down = false
}

// waitRefused returns when a request for the path has got the answer that is given while the network is down.
func (c *cutter) waitRefused(t *testing.T, path string) {
	t.Helper()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		c.mu.Lock()
		refused := c.refused[path]
		c.mu.Unlock()
		if refused > 0 {
			return
		}
	}
	t.Fatalf("nobody has asked for %s", path)
}
