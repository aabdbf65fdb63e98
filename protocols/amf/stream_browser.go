package amf

import "strings"

// A Browser says what browsers of one kind need that a stream may run in them.
type Browser struct {
	Match string // a part of their User-Agent; "*": any. The longest part that is found rules, and of equally long ones the first
	// KickStart is how many bytes they want to see before they pass on any. That many are sent first, as a frame that clients skip.
	KickStart int
	// MaxStreams bounds the streams of one client, where that is less than Options.MaxClientStreams: old browsers open few
	// connections to a server, and need one for everything else. Zero: no bound.
	MaxStreams int
}

// DefaultBrowsers returns the browsers that BlazeDS knows: its UserAgentSettings.java. There "Firefox/1" is 10 and 115 too, and whether
// Chrome, which calls itself Safari as well, is Chrome, is left to chance; not here.
func DefaultBrowsers() []Browser {
	return []Browser{
		{Match: "Android", KickStart: 4010, MaxStreams: 3},
		{Match: "Chrome"},
		{Match: "Firefox"},
		{Match: "Firefox/1.", MaxStreams: 1},
		{Match: "Firefox/2.", MaxStreams: 1},
		{Match: "MSIE", KickStart: 2048},
		{Match: "MSIE 5", KickStart: 2048, MaxStreams: 1},
		{Match: "MSIE 6", KickStart: 2048, MaxStreams: 1},
		{Match: "MSIE 7", KickStart: 2048, MaxStreams: 1},
		{Match: "Opera", MaxStreams: 3},
		{Match: "Opera 8", MaxStreams: 7},
		{Match: "Opera/9.8", MaxStreams: 7}, // how 10 and later call themselves
		{Match: "Safari", KickStart: 512, MaxStreams: 3},
	}
}

// browserOf returns what is known of a browser by its User-Agent.
func (e *Endpoint) browserOf(userAgent string) *Browser {
	best := &Browser{}
	length := -1
	for i := range e.opts.Browsers {
		b := &e.opts.Browsers[i]
		n := len(b.Match)
		switch {
		case b.Match == "*":
			n = 0
		case b.Match == "" || !strings.Contains(userAgent, b.Match):
			continue
		}
		if n > length {
			best, length = b, n
		}
	}
	return best
}
