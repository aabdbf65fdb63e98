package gateway

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/patchbay-go/patchbay/local"
)

// FuzzAnswers: whatever a function answers, a door has a response for it, and gives only what can be sent.
func FuzzAnswers(f *testing.F) {
	for _, seed := range []string{
		`{"statusCode":200,"headers":{"a":"b"},"multiValueHeaders":{"c":["d"]},"body":"e"}`, `{"statusCode":"200","body":"AA==","isBase64Encoded":true}`,
		`{"statusCode":200,"cookies":["a"]}`, `"text"`, `null`, `[]`, `{"statusCode":1e9}`, `{"statusCode":200,"headers":{"\n":"\r\nX: y"}}`, `{`, "\xff",
		`{"statusCode":204,"headers":{"content-length":"5"},"body":"hello"}`,
		`{"statusCode":200}` + preludeEnd + "body", `{"multiValueHeaders":{"":[null,1,true]}}` + preludeEnd,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		function := &scripted{answer: payload, contentType: local.PreludeType}
		function.stream = func() io.Reader { return iotest.HalfReader(strings.NewReader(string(payload))) }
		for _, door := range []string{"rest", "rest-stream", "http", "url", "url-stream", "alb", "alb-multi"} {
			w := httptest.NewRecorder()
			openDoorOf(t, door, function).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
			if resp := w.Result(); resp.StatusCode < 200 || resp.StatusCode > 599 {
				t.Errorf("%s: status %d", door, resp.StatusCode)
			}
		}
	})
}

// FuzzRequests: whatever a client asks, the event is JSON, and neither path nor body of a request that is taken are lost.
func FuzzRequests(f *testing.F) {
	f.Add("POST", "/a%2Fb?x=1&x=%zz&;=&=", "text/plain", "1.2.3.4", []byte("body"))
	f.Add("GET", "/%00%ff?", "application/json; charset=\"", ",,", []byte{0xff})
	f.Add("HEAD", "//", "", "", []byte(nil))
	f.Fuzz(func(t *testing.T, method, target, contentType, forwarded string, body []byte) {
		r, err := http.NewRequest(method, "http://api.test", strings.NewReader(string(body)))
		if err != nil || !strings.HasPrefix(target, "/") {
			t.Skip()
		}
		if r.URL, err = url.ParseRequestURI(target); err != nil {
			t.Skip() // net/http would have refused it
		}
		r.RequestURI, r.RemoteAddr = target, "192.0.2.1:1234"
		r.Header.Set("Content-Type", contentType)
		r.Header.Set("X-Forwarded-For", forwarded)
		for _, door := range []string{"rest", "http", "url", "alb", "alb-multi"} {
			function := &scripted{answer: []byte(`{"statusCode":200}`)}
			r.Body = io.NopCloser(strings.NewReader(string(body)))
			w := httptest.NewRecorder()
			openDoorOf(t, door, function).ServeHTTP(w, r)
			event := function.last()
			if event == nil || !json.Valid(event) {
				t.Fatalf("%s: got %d and the event %q", door, w.Code, event)
			}
			checkDecodes(t, door, event)
		}
	})
}

// FuzzQueues: whatever is sent to a queue is a message or an error, and whatever the function answers is understood.
func FuzzQueues(f *testing.F) {
	f.Add("SendMessage", []byte(`{"QueueUrl":"q","MessageBody":"a","MessageAttributes":{"a":{"DataType":"String","StringValue":"b"}}}`), []byte(`{"batchItemFailures":[{"itemIdentifier":"x"}]}`))
	f.Add("SendMessageBatch", []byte(`{"QueueUrl":"q.fifo","Entries":[{"Id":"1","MessageBody":"a","MessageGroupId":"g"}]}`), []byte(`null`))
	f.Add("", []byte("text"), []byte(`{"batchItemFailures":[{"itemIdentifier":null}]}`))
	f.Fuzz(func(t *testing.T, target string, body, answer []byte) {
		s := NewSQS(&scripted{answer: answer}, &SQSOptions{Options: *fixedOptions()})
		defer s.Close()
		r := httptest.NewRequest(http.MethodPost, "/q", strings.NewReader(string(body)))
		if target != "" {
			r.Header.Set("X-Amz-Target", "AmazonSQS."+target)
		}
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if w.Code != http.StatusOK && w.Code != http.StatusBadRequest || !json.Valid(w.Body.Bytes()) {
			t.Errorf("got %d %s", w.Code, w.Body)
		}
		batch := []delivery{{queued: &queued{id: "x"}}, {queued: &queued{id: "y"}}}
		if failed, ok := failedItems(answer, batch); len(failed) > len(batch) || !ok && failed != nil {
			t.Errorf("failures: got %v, %v", failed, ok)
		}
	})
}

// FuzzPubSub: whatever is sent to Pub/Sub's address has an answer in JSON.
func FuzzPubSub(f *testing.F) {
	f.Add("POST", "/v1/projects/p/topics/t:publish", []byte(`{"messages":[{"data":"aGk="}]}`))
	f.Add("PUT", "/v1/projects/p/subscriptions/s", []byte(`{"topic":"projects/p/topics/t","pushConfig":{"pushEndpoint":"http://a"}}`))
	f.Fuzz(func(t *testing.T, method, path string, body []byte) {
		r, err := http.NewRequest(method, "http://api.test", strings.NewReader(string(body)))
		if err != nil {
			t.Skip()
		}
		r.URL.Path = path
		p := NewPubSub(&scripted{}, nil)
		defer p.Close()
		w := httptest.NewRecorder()
		p.ServeHTTP(w, r)
		if !json.Valid(w.Body.Bytes()) {
			t.Errorf("got %d %s", w.Code, w.Body)
		}
	})
}
