package server

import (
	"bufio"
	"bytes"
	"flag"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
)

var update = flag.Bool("update", false, "write the answers that come into the transcripts")

// TestTranscripts plays the conversations in testdata, each on one connection.
func TestTranscripts(t *testing.T) {
	names, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(names) == 0 {
		t.Fatalf("no transcripts: %v", err)
	}
	for _, name := range names {
		t.Run(filepath.Base(name), func(t *testing.T) { play(t, name) })
	}
}

func play(t *testing.T, name string) {
	t.Helper()
	st := start(t, Options{AllowOrigin: Origins("https://shop.example")})
	archive, err := txtar.ParseFile(name)
	if err != nil {
		t.Fatal(err)
	}
	c, err := net.Dial("tcp", strings.TrimPrefix(st.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	answers := bufio.NewReader(c)
	for i := 0; i+1 < len(archive.Files); i += 2 {
		request, want := archive.Files[i], &archive.Files[i+1]
		if request.Name != "request" || want.Name != "answer" {
			t.Fatalf("%s: files %d and %d are %q and %q, want request and answer", name, i, i+1, request.Name, want.Name)
		}
		if _, err := c.Write(onTheWire(request.Data)); err != nil {
			t.Fatal(err)
		}
		got := readAnswer(t, answers, request.Data)
		if *update {
			want.Data = got
		}
		if diff := cmp.Diff(string(want.Data), string(got)); diff != "" {
			t.Errorf("answer %d (-want +got):\n%s", i/2+1, diff)
		}
	}
	if *update {
		if err := os.WriteFile(name, txtar.Format(archive), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// onTheWire gives a request's head its line ends, and takes away the one that txtar puts behind a body.
func onTheWire(request []byte) []byte {
	head, body, _ := bytes.Cut(request, []byte("\n\n"))
	head = bytes.ReplaceAll(head, []byte("\n"), []byte("\r\n"))
	return append(append(head, "\r\n\r\n"...), bytes.TrimSuffix(body, []byte("\n"))...)
}

// readAnswer reads one answer and writes it as the transcripts have it: without the date, which is another each time.
func readAnswer(t *testing.T, r *bufio.Reader, request []byte) []byte {
	t.Helper()
	method, _, _ := strings.Cut(string(request), " ")
	resp, err := http.ReadResponse(r, &http.Request{Method: method})
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	b.WriteString(resp.Proto + " " + resp.Status + "\n")
	resp.Header.Del("Date")
	if resp.Close {
		resp.Header.Set("Connection", "close")
	}
	if err := resp.Header.Write(&b); err != nil {
		t.Fatal(err)
	}
	b.WriteString("\n" + strings.TrimSuffix(string(body), "\n"))
	if len(body) > 0 {
		b.WriteString("\n")
	}
	return bytes.ReplaceAll(b.Bytes(), []byte("\r\n"), []byte("\n"))
}
