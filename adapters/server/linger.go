package server

import (
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"
)

// How much of a refused body is taken, how long the next bytes of it may take to come, and all of them together.
const (
	lingerBytes = 32 << 20
	lingerPause = 500 * time.Millisecond
	lingerTime  = 10 * time.Second
)

// refuseTooLarge answers at once and then takes what is still being sent, within bounds: most clients read no answer before they
// have sent their body, and a connection closed under it would be all they see.
func (x *exchange) refuseTooLarge() {
	text := fmt.Sprintf("The body has more than %d bytes.", x.door.max)
	if x.request.ProtoMajor == 1 {
		x.Header().Set("Connection", "close") // or net/http would wait for the rest before it answers
	}
	x.Header().Set("Content-Length", strconv.Itoa(len(text)+1))
	control := http.NewResponseController(x.ResponseWriter)
	duplex := control.EnableFullDuplex()
	refuse(x, http.StatusRequestEntityTooLarge, text)
	waits := x.request.Header.Get("Expect") != "" // for our leave to send the body at all
	if duplex == nil && !waits && control.Flush() == nil {
		linger(x.request.Body, control.SetReadDeadline)
	}
}

// linger reads body and drops it, until it ends, pauses or becomes too much.
func linger(body io.Reader, setDeadline func(time.Time) error) {
	end := time.Now().Add(lingerTime)
	dropped := make([]byte, 32<<10)
	for left := lingerBytes; left > 0; {
		next := time.Now().Add(lingerPause)
		if next.After(end) {
			next = end
		}
		if setDeadline(next) != nil {
			return
		}
		n, err := body.Read(dropped)
		if err != nil {
			return
		}
		left -= n
	}
}
