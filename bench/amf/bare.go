package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
)

// The files of a reply in a folder, for the bare server.
const (
	replyBody    = "body.amf"
	replyHeaders = "headers.json"
)

// Which headers the bare server sends.
const (
	headersFew = "few" // type and length
	headersAll = "all" // all that are kept
)

// keepReply writes the call's reply for the bare server: its body, and those of its headers that a handler sets.
func keepReply(c *call, dir string) error {
	headers := c.headers.Clone()
	for _, own := range []string{"Date", "Content-Length", "Content-Type"} {
		headers.Del(own)
	}
	text, err := json.Marshal(headers)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, replyHeaders), text, 0o600); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, replyBody), c.reply, 0o600)
}

// serveBare answers every POST with the reply in a folder, after it has read the request: what net/http costs alone.
func serveBare(ctx context.Context, args []string, out io.Writer) error {
	if len(args) != 2 {
		return errors.New("the bare server takes a folder, and which headers to send")
	}
	reply, err := os.ReadFile(filepath.Join(args[0], replyBody))
	if err != nil {
		return err
	}
	var headers http.Header
	if args[1] == headersAll {
		if headers, err = readHeaders(args[0]); err != nil {
			return err
		}
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "ready http=%s\n", listener.Addr())
	return http.Serve(listener, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		h := w.Header()
		maps.Copy(h, headers)
		h.Set("Content-Type", "application/x-amf")
		h.Set("Content-Length", strconv.Itoa(len(reply)))
		_, _ = w.Write(reply) // a peer that is gone has nothing to be told
	}))
}

func readHeaders(dir string) (headers http.Header, err error) {
	text, err := os.ReadFile(filepath.Join(dir, replyHeaders))
	if err == nil {
		err = json.Unmarshal(text, &headers)
	}
	return headers, err
}
