package faults

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
)

func TestTransport(t *testing.T) {
	var acted atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		acted.Add(1)
		_, _ = io.Copy(w, r.Body)
	}))
	defer server.Close()
	client := &http.Client{Transport: &Transport{Base: http.DefaultTransport, Plan: always(), Busy: func(r *http.Request) *http.Response {
		return &http.Response{StatusCode: http.StatusTooManyRequests, Body: io.NopCloser(strings.NewReader("busy")), Request: r}
	}}}
	wantOutcomes(t, func() outcome {
		before := acted.Load()
		result := post(client, server.URL)
		return outcome{result, acted.Load() - before}
	},
		outcome{"connection reset", 0}, outcome{"connection reset", 1}, outcome{"busy", 0})

	client.Transport.(*Transport).Plan.Calm(true)
	wantOutcomes(t, func() outcome { return outcome{post(client, server.URL), 0} }, outcome{"hello", 0})
}

func post(client *http.Client, url string) string {
	answer, err := client.Post(url, "text/plain", strings.NewReader("hello"))
	if err != nil {
		if strings.Contains(err.Error(), "connection reset") {
			return "connection reset"
		}
		return err.Error()
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return err.Error()
	}
	return string(body)
}
