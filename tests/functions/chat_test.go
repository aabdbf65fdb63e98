//go:build peers

package functions

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/patchbay-go/patchbay/tests/process"
)

var members = flag.Int("functions.members", 200, "how many clients chat over the WebSocket API")

const (
	talkers = 20 // members who talk, and how often each does
	words   = 5
	settled = 3 * time.Minute // until all have got everything, at most: a lease of a function that was killed holds for 35 s
)

// TestChatOverWebSockets: members chat by JSON-RPC over a WebSocket API whose function is killed in the middle of invocations, whose frames
// overtake each other and whose disconnects get lost. Everybody gets everything that was acknowledged, in one order.
func TestChatOverWebSockets(t *testing.T) {
	p := local(t, "--ws", ":0", "--invoke", ":0", "--kill", "0.03", "--reorder", "0.1", "--drop-disconnect", "0.5", "--log-format", "json", "--log-level", "warn")
	ctx, cancel := context.WithCancel(t.Context())
	var all sync.WaitGroup
	defer all.Wait()
	defer cancel()
	all.Go(func() { sweepNowAndThen(ctx, p) })

	var chat []*member
	for i := range *members {
		m := newMember(fmt.Sprint("member ", i), "ws://"+p.Ready["ws"]+"/")
		chat = append(chat, m)
		all.Go(func() { m.stay(ctx) })
	}
	await(t, "a place in the chat", chat, (*member).hasCursor)
	all.Go(func() { cutNowAndThen(ctx, chat) })
	said := talk(t, chat)
	await(t, "what was acknowledged", chat, func(m *member) bool {
		return !slices.ContainsFunc(said, func(id string) bool { return !m.has(id) })
	})
	cancel()
	all.Wait()
	report(t, chat)
}

// talk has some members talk, and returns what was acknowledged.
func talk(t *testing.T, chat []*member) []string {
	t.Helper()
	var mu sync.Mutex
	var said []string
	var talking sync.WaitGroup
	for i, m := range chat[:talkers] {
		talking.Go(func() {
			for n := range words {
				id := fmt.Sprintf("%d.%d", i, n)
				if err := m.say(t.Context(), id); err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				said = append(said, id)
				mu.Unlock()
				wait(t.Context(), rand.N(time.Second))
			}
		})
	}
	talking.Wait()
	return said
}

// await waits until something is so for all members.
func await(t *testing.T, what string, chat []*member, so func(*member) bool) {
	t.Helper()
	end := time.Now().Add(settled)
	for {
		missing := 0
		for _, m := range chat {
			if !so(m) {
				missing++
			}
		}
		switch {
		case missing == 0:
			return
		case time.Now().After(end):
			t.Fatalf("%d of %d members have not got %s", missing, len(chat), what)
		}
		wait(t.Context(), pause)
	}
}

// report compares what members got: all in one order.
func report(t *testing.T, chat []*member) {
	t.Helper()
	first := chat[0].got
	opened, doubled, early, failed := 0, 0, 0, 0
	for _, m := range chat {
		opened, doubled, early, failed = opened+m.opened, doubled+m.doubled, early+m.early, failed+m.failed
		if !slices.Equal(m.got, first) {
			t.Errorf("%s got another order:\n%v\n%v", m.name, m.got, first)
		}
	}
	if early > 0 {
		t.Errorf("%d events came before the answers to their subscriptions", early)
	}
	if failed == 0 {
		t.Error("no function was killed while it served a frame")
	}
	t.Logf("%d messages, %d members, %d sockets, %d frames failed, %d deliveries came again", len(first), len(chat), opened, failed, doubled)
}

// cutNowAndThen cuts the socket of some member.
func cutNowAndThen(ctx context.Context, chat []*member) {
	for ctx.Err() == nil {
		chat[rand.N(len(chat))].cut()
		wait(ctx, 250*time.Millisecond)
	}
}

// sweepNowAndThen does what a schedule does each minute, more often.
func sweepNowAndThen(ctx context.Context, p *process.Process) {
	for ctx.Err() == nil {
		wait(ctx, 5*time.Second)
		_ = invoke(ctx, p, `{"patchbay":"sweep"}`) // it may be killed; the next one follows
	}
}

// invoke has the function serve an event.
func invoke(ctx context.Context, p *process.Process, event string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+p.Ready["invoke"]+"/", strings.NewReader(event))
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK || resp.Header.Get("X-Amz-Function-Error") != "" {
		return errors.New(resp.Status)
	}
	return nil
}
