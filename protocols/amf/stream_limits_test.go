package amf

import (
	"net/http"
	"testing"
	"testing/synctest"

	"github.com/patchbay-go/patchbay/core"
)

const limitReached = "unavailable: The server cannot grant a stream to this client because a limit has been reached."

// wantOpen opens a stream, or checks that there are too many.
func (h *streamHouse) wantOpen(id, userAgent string, granted bool) *openStream {
	h.t.Helper()
	s := h.request("command=open", "DSId="+id, http.Header{"User-Agent": {userAgent}})
	synctest.Wait()
	switch {
	case s.refused != nil && s.refused.Code.String()+": "+s.refused.Message != limitReached:
		h.t.Errorf("refused %v", s.refused)
	case granted != (s.refused == nil):
		h.t.Errorf("granted: %v, want %v", s.refused == nil, granted)
	}
	return s
}

// An endpoint has so many streams and no more; one that is opened again, and one that ends, make room.
func TestMaxStreams(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newStreamHouse(t, &Options{MaxStreams: 2}, &core.Destination{Name: "news"})
		a, b, c := h.ping("0"), h.ping("0"), h.ping("0")
		first := h.wantOpen(a, "", true)
		h.wantOpen(b, "", true)
		h.wantOpen(c, "", false)
		again := h.wantOpen(a, "MSIE 6", true) // which has one stream for a client
		first.wantEnd(true)
		h.wantOpen(c, "", false)
		again.cancel()
		again.wantEnd(false)
		h.wantOpen(c, "", true)
		h.set.Drain()
		synctest.Wait()
	})
	synctest.Test(t, func(t *testing.T) {
		h := newStreamHouse(t, &Options{MaxStreams: -1})
		h.wantOpen(h.ping("0"), "", false)
	})
}

// A client has so many streams over all its channels, and fewer in old browsers.
func TestMaxClientStreams(t *testing.T) {
	const msie = "Mozilla/4.0 (compatible; MSIE 6.0; Windows NT 5.1)"
	for _, c := range []struct {
		name, userAgent string
		opts            *Options
		granted         bool
	}{
		{"by default", "curl/8", nil, true},
		{"limited", "curl/8", &Options{MaxClientStreams: 1}, false},
		{"old browser", msie, nil, false},
		{"old browser like any other", msie, &Options{Browsers: []Browser{}}, true},
		{"old browser, limited even more", msie, &Options{MaxClientStreams: -1}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := newStreamHouse(t, c.opts)
				id := h.ping("0")
				client, _, err := h.set.Load(t.Context(), "other-amf", id)
				if err == nil {
					_, err = h.set.Connect(t.Context(), "other-amf", client)
				}
				if err != nil {
					t.Fatal(err)
				}
				h.channel = "other-amf"
				h.wantOpen(id, "curl/8", c.opts == nil || c.opts.MaxClientStreams >= 0)
				h.channel = "my-amf"
				h.wantOpen(id, c.userAgent, c.granted)
				h.wantOpen(id, c.userAgent, c.granted) // in its own place
				h.set.Drain()
				synctest.Wait()
			})
		})
	}
}

// What is known of browsers, by what they call themselves.
func TestBrowsers(t *testing.T) {
	for _, c := range []struct {
		name, userAgent       string
		kickStart, maxStreams int
	}{
		{"MSIE 6", "Mozilla/4.0 (compatible; MSIE 6.0; Windows NT 5.1; SV1)", 2048, 1},
		{"MSIE 7", "Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 6.0)", 2048, 1},
		{"MSIE 8", "Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.1; Trident/4.0)", 2048, 0},
		{"MSIE 10", "Mozilla/5.0 (compatible; MSIE 10.0; Windows NT 6.2; Trident/6.0)", 2048, 0},
		{"MSIE 11", "Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; AS; rv:11.0) like Gecko", 0, 0},
		{"Firefox 2", "Mozilla/5.0 (Windows; U; Windows NT 5.1; en-US; rv:1.8.1) Gecko/20061010 Firefox/2.0", 0, 1},
		{"Firefox 3", "Mozilla/5.0 (Windows; U; Windows NT 5.1; en-US; rv:1.9) Gecko/2008052906 Firefox/3.0", 0, 0},
		{"Firefox 115", "Mozilla/5.0 (X11; Linux x86_64; rv:109.0) Gecko/20100101 Firefox/115.0", 0, 0},
		{"Safari", "Mozilla/5.0 (Macintosh; U; PPC Mac OS X; en) AppleWebKit/523.10 (KHTML, like Gecko) Version/3.0.4 Safari/523.10", 512, 3},
		{"Chrome", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0 Safari/537.36", 0, 0},
		{"Android", "Mozilla/5.0 (Linux; U; Android 2.2; en-us) AppleWebKit/533.1 (KHTML, like Gecko) Version/4.0 Mobile Safari/533.1", 4010, 3},
		{"Opera 9", "Opera/9.24 (Windows NT 5.1; U; en)", 0, 3},
		{"Opera 8", "Mozilla/5.0 (Windows NT 5.1; U; en) Opera 8.50", 0, 7},
		{"Opera 11", "Opera/9.80 (Windows NT 6.1; U; en) Presto/2.7.62 Version/11.00", 0, 7},
		{"Flash Player alone", "Shockwave Flash", 0, 0},
		{"none", "", 0, 0},
	} {
		got := New(nil).browserOf(c.userAgent)
		if got.KickStart != c.kickStart || got.MaxStreams != c.maxStreams {
			t.Errorf("%s: got %+v", c.name, *got)
		}
	}
	e := New(&Options{Browsers: []Browser{{Match: "*", KickStart: 1}, {Match: "Odd", KickStart: 2}, {}}})
	for userAgent, want := range map[string]int{"Odd/1": 2, "Even": 1, "": 1} {
		if got := e.browserOf(userAgent).KickStart; got != want {
			t.Errorf("%q gets %d bytes, want %d", userAgent, got, want)
		}
	}
}

// The frame that makes a browser pass on what follows is as long as it wants, all in all, and clients skip it.
func TestKickStart(t *testing.T) {
	for _, c := range []struct {
		kickStart int
		frame     string
	}{{2048, "padding 2041"}, {512, "padding 505"}, {4010, "padding 4003"}, {6, "padding 1"}, {5, ""}, {0, ""}} {
		synctest.Test(t, func(t *testing.T) {
			h := newStreamHouse(t, &Options{Browsers: []Browser{{Match: "*", KickStart: c.kickStart}}})
			s := h.wantOpen(h.ping("0"), "", true)
			frames := s.next()
			got := ""
			if len(frames) == 2 {
				got = frames[0]
			}
			if got != c.frame {
				t.Errorf("%d: the stream begins with %q, want %q", c.kickStart, got, c.frame)
			}
			h.set.Drain()
			<-s.ended
		})
	}
}
