package server

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/stores/memory"
)

// Who does not take an answer is cut off, and the memory is free; who takes it slowly gets it, and so does who asks again much later.
func TestSlowAnswers(t *testing.T) {
	const limit = 20 * time.Second
	for _, c := range []struct {
		name string
		wait time.Duration // before each part of the answer is taken
		got  bool
		log  string
	}{
		{"slow", limit / 2, true, "status=200 outcome=ok"},
		{"too slow", limit + time.Second, false, `status=200 outcome="slow consumer"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				set := newSet(memory.New(nil), nil, echoEndpoint{})
				set.Map(&core.Channel{Name: "large", Endpoint: echoEndpoint{}, MaxUnit: 2 << 20})
				r := open(t, set, &Options{Paths: map[string]string{"/large": "large"}, SlowConsumer: limit, IdleTimeout: time.Hour})
				conn := r.dial()
				answers := bufio.NewReader(conn)
				for _, body := range []string{strings.Repeat("x", 4*slowPart+1), "x"} {
					if _, err := fmt.Fprintf(conn, "POST /large HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s", len(body), body); err != nil {
						t.Fatal(err)
					}
					resp, err := http.ReadResponse(answers, nil)
					if err != nil {
						t.Fatal(err)
					}
					got := 0
					for part := make([]byte, slowPart); err == nil && got < len(body); {
						time.Sleep(c.wait)
						var n int
						n, err = io.ReadFull(resp.Body, part[:min(slowPart, len(body)-got)])
						got += n
					}
					if (err == nil) != c.got {
						t.Fatalf("got %d bytes, %v", got, err)
					}
					if !c.got {
						break
					}
					time.Sleep(3 * limit) // longer than any deadline
				}
				synctest.Wait()
				if log := r.log.String(); !strings.Contains(log, c.log) {
					t.Errorf("log: got %s, want %s", log, c.log)
				}
			})
		})
	}
}
