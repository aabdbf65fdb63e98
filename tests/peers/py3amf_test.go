//go:build peers

package peers

import (
	"testing"

	"github.com/patchbay-go/patchbay/tests/process"
)

func TestPy3AMFClient(t *testing.T) {
	onStores(t, func(t *testing.T, url string) {
		t.Helper()
		runCases(t, installed(t, "py3amf/bin/python"), "py3amf/client.py", url+"/amf")
	})
}

func TestCallPy3AMFServer(t *testing.T) {
	gateway := process.Run(t, installed(t, "py3amf/bin/python"), "py3amf/gateway.py")
	callCases(t, "http://"+gateway.Ready["http"]+"/", []callCase{
		{name: "wrong password", target: "secure.secret", protocols: plain, user: "correct", password: "wrong", fault: "AuthenticationError"},
		{name: "password", target: "secure.secret", protocols: plain, user: "correct", password: "correct", result: `"secret for you"`},
		{name: "emoji", target: "example.echo", args: []string{`"😀"`}, result: `"😀"`},
		{name: "fault", target: "example.fail", fault: "deliberate failure"},
		{name: "fault's code", target: "example.raiseException", fault: "Exception"},
		{name: "no such service", target: "nosuch.echo", args: []string{"1"}, fault: "Service.ResourceNotFound"},
	})
}
