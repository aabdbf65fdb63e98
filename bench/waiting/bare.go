package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// roleBare, as first argument, makes this program the bare server.
const roleBare = "--bare"

const (
	pathWait    = "/wait"
	pathPublish = "/publish"
)

// A bareServer is net/http and nothing more: a request to pathWait is answered when one to pathPublish comes.
type bareServer struct {
	mu        sync.Mutex
	published chan struct{} // closed by the next
}

func serveBare(ctx context.Context, out io.Writer) error {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "ready http=%s\n", listener.Addr())
	b := &bareServer{published: make(chan struct{})}
	mux := http.NewServeMux()
	mux.HandleFunc(pathWait, b.wait)
	mux.HandleFunc(pathPublish, b.publish)
	server := &http.Server{ReadHeaderTimeout: 10 * time.Second, Handler: mux}
	return server.Serve(listener)
}

// bareAnswer is about as large as a poll's.
var bareAnswer = payload + strings.Repeat(".", 400)

func (b *bareServer) wait(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	b.mu.Lock()
	published := b.published
	b.mu.Unlock()
	select {
	case <-published:
		_, _ = io.WriteString(w, bareAnswer)
	case <-r.Context().Done():
	}
}

func (b *bareServer) publish(http.ResponseWriter, *http.Request) {
	b.mu.Lock()
	defer b.mu.Unlock()
	close(b.published)
	b.published = make(chan struct{})
}
