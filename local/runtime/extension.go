package runtime

import (
	"encoding/json"
	"io"
	"net/http"
)

// register takes in an extension that runs inside the function's process, as aws-lambda-go's WithEnableSIGTERM does in order to be told of
// the end: from then on the process gets SIGTERM before it is killed.
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html
func (s *sandbox) register(w http.ResponseWriter, r *http.Request) {
	var wanted struct {
		Events []string `json:"events"`
	}
	if err := json.NewDecoder(io.LimitReader(r.Body, 1<<16)).Decode(&wanted); err != nil {
		refuse(w, http.StatusBadRequest, "InvalidRequestFormat", "the body is no JSON object with events: %v", err)
		return
	}
	if r.Header.Get("Lambda-Extension-Name") == "" {
		refuse(w, http.StatusBadRequest, "Extension.InvalidExtensionName", "the header Lambda-Extension-Name is missing")
		return
	}
	if len(wanted.Events) > 0 {
		refuse(w, http.StatusBadRequest, "Extension.InvalidEventType", "events %q: extensions get no events here", wanted.Events)
		return
	}
	s.gentle.Store(true)
	w.Header().Set("Lambda-Extension-Identifier", newID())
	w.Header().Set("Content-Type", "application/json")
	_, _ = io.WriteString(w, `{"functionName":"`+functionName+`","functionVersion":"$LATEST","handler":"bootstrap"}`) // who has gone shows by its end
}

// nextExtensionEvent waits for an event, of which there is none for who registered for none.
func (*sandbox) nextExtensionEvent(_ http.ResponseWriter, r *http.Request) {
	<-r.Context().Done()
}
