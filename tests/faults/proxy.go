package faults

import (
	"context"
	"net"
	"sync"
)

// A Proxy stands before a server that speaks over TCP, and cuts connections: before a request has gone on to the server, or when the
// server has answered it. It knows no more of their protocol than where an answer ends.
type Proxy struct {
	target   string
	plan     *Plan
	complete Complete
	listener net.Listener

	mu     sync.Mutex
	conns  map[net.Conn]bool // nil: closed
	ending sync.WaitGroup
}

// A Complete reports whether what a server has sent since the last request is an answer to its end, so that it has acted.
type Complete func(answer []byte) bool

// NewProxy starts a proxy on a free port of 127.0.0.1 before the server at target. Close ends it. With neither plan nor complete nothing goes
// wrong but by Cut.
func NewProxy(ctx context.Context, target string, plan *Plan, complete Complete) (*Proxy, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &Proxy{target: target, plan: plan, complete: complete, listener: listener, conns: map[net.Conn]bool{}}
	p.ending.Go(p.accept)
	return p, nil
}

// Address is where the proxy listens, HOST:PORT.
func (p *Proxy) Address() string { return p.listener.Addr().String() }

// Close cuts everything and returns when all is gone.
func (p *Proxy) Close() {
	_ = p.listener.Close()
	p.mu.Lock()
	p.cut()
	p.conns = nil
	p.mu.Unlock()
	p.ending.Wait()
}

// Cut cuts every connection, whatever is under way there. New ones may be made.
func (p *Proxy) Cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cut()
}

func (p *Proxy) cut() {
	for c := range p.conns {
		_ = c.Close()
	}
}

// keep has a connection closed with the proxy, and reports whether that is still open.
func (p *Proxy) keep(c net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.conns == nil {
		_ = c.Close()
		return false
	}
	p.conns[c] = true
	return true
}

func (p *Proxy) drop(c net.Conn) {
	_ = c.Close()
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.conns, c)
}

func (p *Proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		if p.keep(client) {
			p.ending.Go(func() { p.carry(client) })
		}
	}
}

// carry carries what is said between a client and the server, until one of them ends it or a fault does.
func (p *Proxy) carry(client net.Conn) {
	defer p.drop(client)
	server, err := (&net.Dialer{}).DialContext(context.Background(), "tcp", p.target)
	if err != nil || !p.keep(server) {
		return
	}
	defer p.drop(server)
	t := &talk{client: client, server: server, plan: p.plan, complete: p.complete}
	done := make(chan struct{})
	p.ending.Go(func() {
		defer close(done)
		t.requests()
	})
	t.answers()
	<-done
}
