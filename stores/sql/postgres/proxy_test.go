//go:build peers

package postgres_test

import (
	"bytes"
	"net"
	"sync"
	"testing"
)

// A proxy stands between a store and its server, and can lose an answer.
type proxy struct {
	listener net.Listener
	server   string

	mu   sync.Mutex
	lose []byte // connections end instead of the first answer after this was sent; empty: none does
}

func newProxy(t *testing.T, server string) *proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{listener: l, server: server}
	var group sync.WaitGroup
	group.Go(func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			group.Go(func() { p.serve(client) })
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		group.Wait()
	})
	return p
}

// loseAnswerTo has the server do what is sent with these bytes in it, once, and its answer lost.
func (p *proxy) loseAnswerTo(sent string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lose = []byte(sent)
}

func (p *proxy) serve(client net.Conn) {
	defer func() { _ = client.Close() }()
	server, err := net.Dial("tcp", p.server)
	if err != nil {
		return
	}
	defer func() { _ = server.Close() }()
	var group sync.WaitGroup
	lost := make(chan struct{})
	group.Go(func() { p.upstream(client, server, lost) })
	group.Go(func() { downstream(client, server, lost) })
	group.Wait()
}

func (p *proxy) upstream(client, server net.Conn, lost chan struct{}) {
	defer func() { _ = server.(*net.TCPConn).CloseWrite() }()
	buffer := make([]byte, 1<<16)
	for {
		n, err := client.Read(buffer)
		p.mu.Lock()
		if len(p.lose) > 0 && bytes.Contains(buffer[:n], p.lose) {
			p.lose = nil
			close(lost)
		}
		p.mu.Unlock()
		if _, writing := server.Write(buffer[:n]); writing != nil || err != nil {
			return
		}
	}
}

func downstream(client, server net.Conn, lost chan struct{}) {
	defer func() { _ = client.Close() }()
	buffer := make([]byte, 1<<16)
	for {
		n, err := server.Read(buffer)
		select {
		case <-lost:
			return
		default:
		}
		if _, writing := client.Write(buffer[:n]); writing != nil || err != nil {
			return
		}
	}
}
