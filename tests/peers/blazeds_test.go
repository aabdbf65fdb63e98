//go:build peers

package peers

import (
	"path/filepath"
	"testing"

	"github.com/patchbay-go/patchbay/tests/process"
)

// classPath has our Java programs and the jars they need.
func classPath(t *testing.T) string {
	t.Helper()
	return installed(t, "blazeds/classes") + string(filepath.ListSeparator) + filepath.Join(installed(t, "blazeds/lib"), "*")
}

func TestBlazeDSClient(t *testing.T) {
	onStores(t, func(t *testing.T, url string) {
		t.Helper()
		runCases(t, "java", "-XX:+UseSerialGC", "-cp", classPath(t), "patchbay.Client", url+"/amf")
	})
}

func TestCallBlazeDSServer(t *testing.T) {
	server := process.Run(t, "java", "-Xmx256m", "-XX:+UseSerialGC", "-cp", classPath(t), "patchbay.Server", "blazeds/webapp")
	callCases(t, "http://"+server.Ready["http"]+"/amf", []callCase{
		{name: "no password", target: "secure.secret", protocols: []string{"remoting"}, fault: "Client.Authentication"},
		{name: "wrong password", target: "secure.secret", protocols: []string{"remoting"}, user: "correct", password: "wrong", fault: "Client.Authentication"},
		{name: "password", target: "secure.secret", user: "correct", password: "correct", result: `"secret for you"`},
		// BlazeDS reads AMF0 text as Java's modified UTF-8, which has no characters beyond 16 bits.
		{name: "emoji", target: "example.echo", args: []string{`"😀"`}, protocols: []string{"remoting", "amf3"}, result: `"😀"`},
		{name: "fault", target: "example.fail", fault: "deliberate failure"},
		{name: "no such service", target: "nosuch.echo", args: []string{"1"}, fault: "The supplied destination id is not registered"},
		{name: "no such method", target: "example.nosuch", args: []string{"1"}, fault: "Cannot invoke method 'nosuch'."},
	})
}
