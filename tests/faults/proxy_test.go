package faults

import (
	"bufio"
	"fmt"
	"net"
	"sync/atomic"
	"testing"
)

// echo serves lines that it gives back, and counts them.
func echo(t *testing.T) (address string, acted *atomic.Int64) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	acted = &atomic.Int64{}
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = conn.Close() }()
				for lines := bufio.NewScanner(conn); lines.Scan(); {
					acted.Add(1)
					_, _ = fmt.Fprintf(conn, "%s\r\n", lines.Text())
				}
			}()
		}
	}()
	return listener.Addr().String(), acted
}

// say sends a line on a connection of its own and returns what comes back.
func say(t *testing.T, address string) string {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := fmt.Fprint(conn, "hello\r\n"); err != nil {
		return "cut"
	}
	line, err := bufio.NewReader(conn).ReadString('\n')
	if err != nil {
		return "cut"
	}
	return line
}

func TestProxy(t *testing.T) {
	server, acted := echo(t)
	plan := always()
	proxy, err := NewProxy(t.Context(), server, plan, MemcachedAnswer)
	if err != nil {
		t.Fatal(err)
	}
	defer proxy.Close()
	exchange := func() outcome {
		before := acted.Load()
		result := say(t, proxy.Address())
		return outcome{result, acted.Load() - before}
	}
	wantOutcomes(t, exchange, outcome{"cut", 0}, outcome{"cut", 1})
	plan.Calm(true)
	wantOutcomes(t, exchange, outcome{"hello\r\n", 1})
}

func TestProxyCuts(t *testing.T) {
	server, _ := echo(t)
	proxy, err := NewProxy(t.Context(), server, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer proxy.Close()
	conn, err := net.Dial("tcp", proxy.Address())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	answers := bufio.NewReader(conn)
	for range 2 {
		if _, err := fmt.Fprint(conn, "hello\r\n"); err != nil {
			t.Fatal(err)
		}
		if line, err := answers.ReadString('\n'); line != "hello\r\n" {
			t.Fatalf("got %q, %v", line, err)
		}
	}
	proxy.Cut()
	if line, err := answers.ReadString('\n'); err == nil {
		t.Errorf("got %q from a connection that was cut", line)
	}
	if got := say(t, proxy.Address()); got != "hello\r\n" {
		t.Errorf("a new connection gives %q", got)
	}
}

func TestProxyCloses(t *testing.T) {
	server, _ := echo(t)
	proxy, err := NewProxy(t.Context(), server, NewPlan(1), MemcachedAnswer)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("tcp", proxy.Address())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	proxy.Close()
	proxy.Close()
	if _, err := conn.Read(make([]byte, 1)); err == nil {
		t.Error("a connection outlives its proxy")
	}
}

func TestAnswers(t *testing.T) {
	message := func(letter byte, body string) string {
		return fmt.Sprintf("%c\x00\x00\x00%c%s", letter, 4+len(body), body)
	}
	done := message('C', "INSERT 0 1") + message('Z', "I")
	for _, c := range []struct {
		name     string
		complete Complete
		answer   string
		want     bool
	}{
		{"nothing yet", PostgresAnswer, "", false},
		{"ready", PostgresAnswer, done, true},
		{"part of the last message", PostgresAnswer, done[:len(done)-1], false},
		{"not ready yet", PostgresAnswer, message('C', "INSERT 0 1"), false},
		{"a length beyond all", PostgresAnswer, "C\xff\xff\xff\xff", false},
		{"something behind", PostgresAnswer, done + "A", false},
		{"a line", MemcachedAnswer, "STORED\r\n", true},
		{"part of a line", MemcachedAnswer, "STORED\r", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := c.complete([]byte(c.answer)); got != c.want {
				t.Errorf("complete(%q) = %t, want %t", c.answer, got, c.want)
			}
		})
	}
}
