package main

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/patchbay-go/patchbay/examples/internal/flex"
)

// What the Flex client does from its start to the end of a user, as the messages that it sends.
func TestFlexClient(t *testing.T) {
	c := flex.Connect(t, flex.Run(t)+"/amf")
	for _, step := range []struct {
		name, target string
		args         []string
		want         string
	}{
		{"reload", "loadAll", []string{`"models.User"`}, `[]`},
		{"insert default", "insertDefaultData", nil, `null`},
		{"reload shows a user", "loadAll", []string{`"models.User"`},
			`[{"$class":"models.User","sa_key":[1],"sa_lazy":["phone_numbers"],"id":1,"first_name":"Bill","last_name":"Lumbergh","emails":[` +
				`{"$class":"models.Email","sa_key":[1],"sa_lazy":[],"id":1,"user_id":1,"label":"personal","email":"bill@yahoo.com"},` +
				`{"$class":"models.Email","sa_key":[2],"sa_lazy":[],"id":2,"user_id":1,"label":"work","email":"bill@initech.com"}],` +
				`"phone_numbers":null}]`},
		{"a double click loads what is lazy", "loadAttr", []string{`"models.User"`, `[1]`, `"phone_numbers"`},
			`[{"$class":"models.PhoneNumber","sa_key":[1],"sa_lazy":[],"id":1,"user_id":1,"label":"personal","number":"1-800-555-5555"},` +
				`{"$class":"models.PhoneNumber","sa_key":[2],"sa_lazy":[],"id":2,"user_id":1,"label":"work","number":"1-555-555-5555"}]`},
		{"one e-mail changed, one removed, one added", "save", []string{`{"$class":"models.User","id":1,"first_name":"William","last_name":"L.",` +
			`"emails":[{"$class":"models.Email","id":2,"user_id":1,"label":"office","email":"w@initech.com"},{"$class":"models.Email","label":"new","email":"n@x.y"}],` +
			`"phone_numbers":null,"sa_lazy":["phone_numbers"]}`},
			`{"$class":"models.User","sa_key":[1],"sa_lazy":["phone_numbers"],"id":1,"first_name":"William","last_name":"L.","emails":[` +
				`{"$class":"models.Email","sa_key":[2],"sa_lazy":[],"id":2,"user_id":1,"label":"office","email":"w@initech.com"},` +
				`{"$class":"models.Email","sa_key":[3],"sa_lazy":[],"id":3,"user_id":1,"label":"new","email":"n@x.y"}],"phone_numbers":null}`},
		{"remove", "removeList", []string{`"models.User"`, `[[1]]`}, `null`},
		{"nobody is left", "loadAll", []string{`"models.User"`}, `[]`},
		{"nor what belonged to them", "loadAll", []string{`"models.PhoneNumber"`}, `[]`},
	} {
		if diff := cmp.Diff(step.want, c.Call("ExampleService."+step.target, step.args...)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", step.name, diff)
		}
	}
}

func TestFileIsKept(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a book?.sqlite")
	flex.Connect(t, flex.Run(t, "-file", file)+"/amf").Call("ExampleService.insertDefaultData")
	if _, err := os.Stat(file); err != nil {
		t.Fatal(err)
	}
	if got := flex.Connect(t, flex.Run(t, "-file", file)+"/amf").Call("ExampleService.load", `"models.User"`, `1`); !strings.Contains(got, "Lumbergh") {
		t.Errorf("a second server: got %s, want the user", got)
	}
}

func TestJSONRPCAndStaticFiles(t *testing.T) {
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "client.swf"), []byte("FWS"), 0o600); err != nil {
		t.Fatal(err)
	}
	url := flex.Run(t, "-static", folder)
	resp, err := http.Get(url + "/client.swf")
	if got := content(t, resp, err); got != "FWS" {
		t.Errorf("the client: got %q", got)
	}
	resp, err = http.Post(url+"/rpc", "application/json", strings.NewReader(`{"jsonrpc":"2.0","method":"ExampleService.loadAll","params":["models.User"],"id":1}`))
	if got := content(t, resp, err); got != `{"jsonrpc":"2.0","result":[],"id":1}` {
		t.Errorf("JSON-RPC: got %s", got)
	}
}

func content(t *testing.T, resp *http.Response, err error) string {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
