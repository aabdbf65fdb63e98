package services

import (
	"encoding/binary"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/patchbay-go/patchbay/adapters/server"
	"github.com/patchbay-go/patchbay/stores/memory"
)

// BenchmarkEcho is a whole request without the network: a short text there and back, by each protocol, with its log line.
func BenchmarkEcho(b *testing.B) {
	value := "\x0a\x00\x00\x00\x01\x02\x00\x05hello"
	length := string(binary.BigEndian.AppendUint32(nil, uint32(len(value))))
	packet := "\x00\x00\x00\x00\x00\x01\x00\x0cexample.echo\x00\x02/1" + length + value
	for path, body := range map[string]string{
		"/rpc": `{"jsonrpc":"2.0","method":"example.echo","params":["hello"],"id":1}`,
		"/amf": packet,
	} {
		b.Run(path[1:], func(b *testing.B) {
			//nolint:sloglint // making the line is part of what is measured
			set := ChannelSet(memory.New(nil), nil, &Options{Logger: slog.New(slog.NewJSONHandler(io.Discard, nil))})
			benchmark(b, server.NewHandler(set, &server.Options{Paths: Paths()}), path, body)
		})
	}
}

func benchmark(b *testing.B, h http.Handler, path, text string) {
	b.ReportAllocs()
	w := &discarded{header: http.Header{}}
	body := strings.NewReader(text)
	req, err := http.NewRequest(http.MethodPost, path, body)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		body.Reset(text)
		clear(w.header)
		h.ServeHTTP(w, req)
	}
	if w.status != 0 {
		b.Errorf("status %d", w.status)
	}
}

type discarded struct {
	header http.Header
	status int
}

func (d *discarded) Header() http.Header         { return d.header }
func (d *discarded) Write(b []byte) (int, error) { return len(b), nil }
func (d *discarded) WriteHeader(status int)      { d.status = status }
