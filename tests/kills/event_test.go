package kills

import (
	"encoding/json"
	"fmt"
)

// An event is something that a worker has seen. A worker that is a process of its own prints it as a line.
type event struct {
	// Acked is a message whose publish has succeeded.
	Acked *message `json:"acked,omitempty"`

	// By is who Got a message, and ID the message's id.
	By  string   `json:"by,omitempty"`
	Got *message `json:"got,omitempty"`
	ID  string   `json:"id,omitempty"`

	// Failed is an error that somebody had to try again after.
	Failed string `json:"failed,omitempty"`
}

// A message is the N-th of a publisher's, which go to one topic and another by turns.
type message struct {
	Publisher string `json:"publisher"`
	Topic     string `json:"topic"`
	N         int    `json:"n"`
}

// text is the message's body.
func (m message) text() string { return fmt.Sprintf("%s %s %d", m.Publisher, m.Topic, m.N) }

func parseMessage(text string) (m message, err error) {
	_, err = fmt.Sscanf(text, "%s %s %d", &m.Publisher, &m.Topic, &m.N)
	return m, err
}

// line is the event as a process prints it.
func (e event) line() string {
	line, err := json.Marshal(e)
	if err != nil {
		panic(err) // it is texts and numbers
	}
	return string(line)
}

func parseEvent(line string) (e event, ok bool) {
	return e, json.Unmarshal([]byte(line), &e) == nil
}
