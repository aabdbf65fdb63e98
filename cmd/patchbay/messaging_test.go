package main

import (
	"bufio"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// A subscriber is a "patchbay subscribe" that runs.
type subscriber struct {
	t       *testing.T
	cmd     *exec.Cmd
	lines   chan string // of standard output
	notices chan string // of standard error
}

// patience is how long a line may take to come.
const patience = 20 * time.Second

// subscribe starts "patchbay subscribe" and waits until it says that it is subscribed.
func subscribe(t *testing.T, args ...string) *subscriber {
	t.Helper()
	l := start(t, args...)
	l.notice("Subscribed to")
	return l
}

func start(t *testing.T, args ...string) *subscriber {
	t.Helper()
	l := &subscriber{t: t, cmd: exec.CommandContext(t.Context(), binary, append([]string{"subscribe"}, args...)...)}
	l.cmd.Env = append(os.Environ(), "PATCHBAY_PASSWORD=correct")
	stdout, err := l.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	stderr, err := l.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := l.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	l.lines, l.notices = linesOf(stdout), linesOf(stderr)
	return l
}

func linesOf(r io.Reader) chan string {
	lines := make(chan string, 100)
	go func() {
		defer close(lines)
		for s := bufio.NewScanner(r); s.Scan(); {
			lines <- s.Text()
		}
	}()
	return lines
}

// line returns the next line of standard output.
func (l *subscriber) line() string {
	l.t.Helper()
	select {
	case line, ok := <-l.lines:
		if !ok {
			l.t.Fatalf("it has ended, and said: %s", rest(l.notices))
		}
		return line
	case <-time.After(patience):
		l.t.Fatal("no line came")
	}
	return ""
}

// notice waits for a line of standard error that holds a text.
func (l *subscriber) notice(text string) {
	l.t.Helper()
	limit := time.After(patience)
	for {
		select {
		case notice, ok := <-l.notices:
			if !ok {
				l.t.Fatalf("it has ended without saying %q", text)
			}
			if strings.Contains(notice, text) {
				return
			}
		case <-limit:
			l.t.Fatalf("it did not say %q", text)
		}
	}
}

// end waits for the end and returns the status, and what was left of standard error.
func (l *subscriber) end() (status int, notices string) {
	l.t.Helper()
	if left := rest(l.lines); left != "" {
		l.t.Errorf("there was more: %s", left)
	}
	notices = rest(l.notices)
	_ = l.cmd.Wait() // the status says it
	return l.cmd.ProcessState.ExitCode(), notices
}

// interrupt ends it as Ctrl-C does.
func (l *subscriber) interrupt() {
	l.t.Helper()
	if err := l.cmd.Process.Signal(syscall.SIGINT); err != nil {
		l.t.Fatal(err)
	}
	if status, notices := l.end(); status != 0 || notices != "" {
		l.t.Errorf("after Ctrl-C: got status %d and %q, want 0 and nothing", status, notices)
	}
}

func rest(lines chan string) string {
	var b strings.Builder
	for line := range lines {
		b.WriteString(line + "\n")
	}
	return b.String()
}

func publish(t *testing.T, args ...string) {
	t.Helper()
	if got := runBinary(t, nil, append([]string{"publish"}, args...)...); got.status != 0 || got.stderr != "" || got.stdout == "" {
		t.Fatalf("publish %q: got %+v", args, got)
	}
}

// A way is a protocol and the path where it is spoken.
type way struct{ protocol, path string }

func (w way) String() string { return w.protocol + w.path }

var (
	publishers  = []way{{"amf", "/amf"}, {"jsonrpc", "/rpc"}, {"websocket", "/rpc"}}
	subscribers = []way{
		{"amf", "/amf"}, {"amf", "/longPoll"}, {"amf-stream", "/amf"}, {"jsonrpc", "/rpc"}, {"websocket", "/rpc"}, {"sse", "/events"},
	}
)

// What is published by any protocol comes by any other, the same each time.
func TestPublishAndSubscribe(t *testing.T) {
	url := "http://" + serve(t, "--log-level", "error").Ready["http"]
	for _, way := range subscribers {
		t.Run(way.String(), func(t *testing.T) {
			l := subscribe(t, "--protocol", way.protocol, url+way.path, "messages", "--subtopic", "news.*", "--selector", "goals > 2", "--json")
			for _, by := range publishers {
				at := []string{"--protocol", by.protocol, url + by.path, "messages", "--header", "team=home"}
				publish(t, append(at, "--subtopic", "news.sport", "--header", "goals=2", "too few goals")...)
				publish(t, append(at, "--header", "goals=3", "no subtopic")...)
				publish(t, append(at, "--subtopic", "news.sport", "--header", "goals=3", "--ttl", "1m", `{"a":[1,null,"é"]}`)...)
				got := l.line()
				for _, want := range []string{`"destination":"messages"`, `"subtopic":"news.sport"`, `"body":{"a":[1,null,"é"]}`, `"goals":3`, `"team":"home"`} {
					if !strings.Contains(got, want) {
						t.Errorf("published by %s: got %s, want %s in it", by, got, want)
					}
				}
			}
			l.interrupt()
		})
	}
}

// For people there is a time, the topic and the body on a line.
func TestMessageLine(t *testing.T) {
	url := "http://" + serve(t, "--log-level", "error").Ready["http"]
	l := subscribe(t, url+"/events", "messages", "--subtopic", "a.b", "--count", "2")
	publish(t, url+"/rpc", "messages", "--subtopic", "a.b", "--header", "n=1", "hello there")
	publish(t, url+"/rpc", "messages", "--subtopic", "a.b", "-4")
	for _, want := range []string{` messages a.b: hello there  headers {"n":1}`, " messages a.b: -4"} {
		at, got, _ := strings.Cut(l.line(), " ")
		if _, err := time.Parse(time.TimeOnly, at); err != nil || " "+got != want {
			t.Errorf("got %q %q, want a time and %q", at, got, want)
		}
	}
	if status, notices := l.end(); status != 0 || notices != "" {
		t.Errorf("after --count messages: got status %d and %q", status, notices)
	}
}

// A connection that breaks costs no message that comes afterwards or meanwhile, and none comes twice.
func TestLostConnection(t *testing.T) {
	server := serve(t, "--log-level", "error").Ready["http"]
	for _, way := range subscribers {
		t.Run(way.String(), func(t *testing.T) {
			cable := plug(t, server)
			l := subscribe(t, "--protocol", way.protocol, "http://"+cable.address()+way.path, "messages", "--subtopic", "lost")
			say := func(text string) { publish(t, "http://"+server+"/amf", "messages", "--subtopic", "lost", text) }
			hear := func(text string) {
				t.Helper()
				if got := l.line(); !strings.HasSuffix(got, ": "+text) {
					t.Fatalf("got %q, want %q", got, text)
				}
			}
			say("before")
			hear("before")
			cable.cut()
			l.notice("Connection lost")
			say("meanwhile")
			cable.mend()
			l.notice("Connected again")
			hear("meanwhile")
			say("afterwards")
			hear("afterwards")
			l.interrupt()
		})
	}
}

// A server that has ended and begun anew knows no session and no cursor of the old one. Who had subscribed is subscribed again.
func TestServerAnew(t *testing.T) {
	old, fresh := serve(t, "--log-level", "error").Ready["http"], serve(t, "--log-level", "error").Ready["http"]
	for _, way := range subscribers {
		t.Run(way.String(), func(t *testing.T) {
			cable, topic := plug(t, old), strings.ReplaceAll(way.String(), "/", ".")
			s := subscribe(t, "--protocol", way.protocol, "http://"+cable.address()+way.path, "messages", "--subtopic", topic)
			publish(t, "http://"+old+"/amf", "messages", "--subtopic", topic, "before")
			s.line()
			cable.cut()
			s.notice("Connection lost")
			cable.leadTo(fresh)
			cable.mend()
			if way.protocol != "websocket" && way.protocol != "sse" { // these have no session that is lost
				s.notice("messages may be missing")
			}
			s.notice("Connected again")
			publish(t, "http://"+fresh+"/amf", "messages", "--subtopic", topic, "afterwards")
			if got := s.line(); !strings.HasSuffix(got, ": afterwards") {
				t.Errorf("got %q", got)
			}
			s.interrupt()
		})
	}
}

// A cable passes on what goes to a server and back, until it is cut.
type cable struct {
	t        *testing.T
	listener net.Listener

	mu     sync.Mutex
	server string
	whole  bool
	conns  []net.Conn
}

func plug(t *testing.T, server string) *cable {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &cable{t: t, listener: l, server: server, whole: true}
	var running sync.WaitGroup
	running.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			running.Go(func() { c.pass(conn) })
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		c.cut()
		running.Wait()
	})
	return c
}

func (c *cable) address() string { return c.listener.Addr().String() }

// pass copies both ways until one of the two sides, or the cable, ends.
func (c *cable) pass(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	server := c.dial(conn)
	if server == nil {
		return
	}
	defer func() { _ = server.Close() }()
	var copying sync.WaitGroup
	copying.Go(func() {
		_, _ = io.Copy(server, conn)
		_ = server.Close()
	})
	_, _ = io.Copy(conn, server)
	_ = conn.Close()
	copying.Wait()
}

// dial connects with the server, unless the cable is cut, and takes note of what a cut ends.
func (c *cable) dial(conn net.Conn) net.Conn {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.whole {
		return nil
	}
	server, err := net.Dial("tcp", c.server)
	if err != nil {
		return nil
	}
	c.conns = append(c.conns, conn, server)
	return server
}

func (c *cable) cut() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.whole = false
	for _, conn := range c.conns {
		_ = conn.Close()
	}
	c.conns = nil
}

// leadTo makes it lead to another server from now on.
func (c *cable) leadTo(server string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.server = server
}

func (c *cable) mend() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.whole = true
}

// What a server refuses to publish or to subscribe to.
func TestRefusals(t *testing.T) {
	url := "http://" + serve(t, "--log-level", "error").Ready["http"]
	for _, way := range publishers {
		for name, args := range map[string][]string{
			"unknown topic":  {"nosuch", "x"},
			"wild subtopic":  {"messages", "--subtopic", "a.*", "x"},
			"no subtopics":   {"chat", "--subtopic", "a", "x"},
			"wrong password": {"--user", "correct", "chat", "x"},
		} {
			t.Run("publish/"+way.String()+"/"+name, func(t *testing.T) {
				checkRefused(t, append([]string{"publish", "--protocol", way.protocol, url + way.path}, args...))
			})
		}
	}
	for _, way := range subscribers {
		for name, args := range map[string][]string{
			"unknown topic":  {"nosuch"},
			"empty token":    {"messages", "--subtopic", "a..b"},
			"selector":       {"chat", "--selector", "from ="},
			"wrong password": {"--user", "correct", "chat"},
		} {
			t.Run("subscribe/"+way.String()+"/"+name, func(t *testing.T) {
				checkRefused(t, append([]string{"subscribe", "--protocol", way.protocol, "--timeout", "20s", url + way.path}, args...))
			})
		}
	}
}

func checkRefused(t *testing.T, args []string) {
	t.Helper()
	got := runBinary(t, []string{"PATCHBAY_PASSWORD=wrong"}, args...)
	if got.status != 1 || got.stdout != "" || strings.Count(got.stderr, "\n") != 1 {
		t.Errorf("%q: got %+v, want status 1 and one line that says why", args, got)
	}
}

// Who logs in may do what it may.
func TestPublishAndSubscribeAsAUser(t *testing.T) {
	url := "http://" + serve(t, "--log-level", "error").Ready["http"]
	for _, way := range subscribers {
		l := subscribe(t, "--protocol", way.protocol, "--user", "correct", url+way.path, "messages")
		for _, by := range publishers {
			got := runBinary(t, []string{"PATCHBAY_PASSWORD=correct"},
				"publish", "--protocol", by.protocol, "--user", "correct", url+by.path, "messages", by.protocol)
			if line := l.line(); got.status != 0 || !strings.HasSuffix(line, ": "+by.protocol) {
				t.Errorf("%s by %s: got %+v and %q", way, by, got, line)
			}
		}
		l.interrupt()
	}
}

// A URL without a path is easily written.
func TestForgottenPath(t *testing.T) {
	url := "http://" + serve(t, "--log-level", "error").Ready["http"]
	for _, args := range [][]string{{"call", url, "example.add", "1", "2"}, {"publish", url, "chat", "x"}, {"subscribe", url, "chat"}} {
		if got := runBinary(t, nil, args...); got.status != 1 || !strings.Contains(got.stderr, "is the path of the URL right?") {
			t.Errorf("%q: got %+v", args, got)
		}
	}
}

func TestTimeIsOver(t *testing.T) {
	url := "http://" + serve(t, "--log-level", "error").Ready["http"] + "/events"
	if got := runBinary(t, nil, "subscribe", url, "messages", "--timeout", "100ms"); got.status != 0 || got.stdout != "" {
		t.Errorf("got %+v, want status 0", got)
	}
	got := runBinary(t, nil, "subscribe", url, "messages", "--timeout", "100ms", "--count", "1")
	if got.status != 1 || !strings.Contains(got.stderr, "0 of 1 messages came in 100ms") {
		t.Errorf("with --count: got %+v, want status 1", got)
	}
}

// A cursor that was printed can be gone on behind.
func TestSubscribeAfter(t *testing.T) {
	url := "http://" + serve(t, "--log-level", "error").Ready["http"]
	l := subscribe(t, url+"/events", "messages", "--json", "--count", "1")
	publish(t, url+"/rpc", "messages", "one")
	_, cursor, _ := strings.Cut(l.line(), `"cursor":"`)
	cursor = strings.TrimSuffix(cursor, `"}`)
	publish(t, url+"/rpc", "messages", "two")
	for _, path := range []string{"/events", "/rpc"} {
		got := runBinary(t, nil, "subscribe", url+path, "messages", "--after", cursor, "--count", "1", "--timeout", "20s")
		if got.status != 0 || !strings.HasSuffix(got.stdout, "messages: two\n") {
			t.Errorf("%s: got %+v, want the second message", path, got)
		}
	}
}

// Published again with the same id it is one message.
func TestPublishOnce(t *testing.T) {
	url := "http://" + serve(t, "--log-level", "error").Ready["http"]
	l := subscribe(t, url+"/rpc", "messages", "--json", "--count", "2")
	for range 3 {
		publish(t, url+"/rpc", "messages", "--id", "order-17", "one")
	}
	publish(t, url+"/rpc", "messages", "two")
	if first, second := l.line(), l.line(); !strings.Contains(first, `"id":"order-17"`) || !strings.Contains(second, `"body":"two"`) {
		t.Errorf("got %s and %s", first, second)
	}
}
