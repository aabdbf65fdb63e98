package inspect_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/patchbay-go/patchbay/cmd/patchbay/internal/inspect"
)

// run runs a command with an input and returns what it printed.
func run(t *testing.T, cmd *cobra.Command, input string, args ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	cmd.SetIn(strings.NewReader(input))
	cmd.SetOut(&out)
	cmd.SetErr(io.Discard)
	cmd.SetArgs(args)
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	err := cmd.ExecuteContext(t.Context())
	return out.String(), err
}

const call = "000000000001" + "0003612e62" + "00022f31" + "ffffffff" + "0a00000001" + "020001" + "78"

func TestDecode(t *testing.T) {
	tests := []struct {
		name  string
		input string
		args  []string
		want  string
		err   string
	}{
		{"text", call, []string{"--hex"}, `       0  packet, version 0: 0 headers, 1 body
       6    body 0: target "a.b", response "/1", length 9 (claims 4294967295)
      19      arguments #0, 1 item
      24        [0] string "x"
`, ""},
		{"json", call, []string{"--hex", "--json"},
			`{"version":0,"headers":[],"bodies":[{"target":"a.b","response":"/1","length":4294967295,"actual_length":9,` +
				`"value":{"t":"strict-array","id":0,"args":true,"items":[{"t":"string","v":"x"}]}}]}` + "\n", ""},
		{"digits as people copy them", " 0x04 01\n04\t02\n", []string{"--hex", "--kind", "amf3"}, "       0  [0] int 1\n       2  [1] int 2\n", ""},
		{"raw bytes", "\x04\x01", []string{"--kind=amf3", "-"}, "       0  [0] int 1\n", ""},
		{"partly read", "0a0b0103610401036204", []string{"--hex", "--kind", "amf3"},
			"       0  [0] object #0, traits inline, 0 sealed + 1 dynamic\n       5    a: int 1\n", "[0].b: the input ends within an integer (at byte 10)"},
		{"partly read as JSON", "04010480", []string{"--hex", "--kind", "amf3", "--json"}, `[{"t":"int","v":1}]` + "\n", "[1]: the input ends"},
		{"unknown externalizable", "0a070358", []string{"--hex", "--kind", "amf3"}, "       0  [0] externalizable #0 of X, traits inline\n", `class "X" is not known`},
		{"wrapper", "0a0703580401", []string{"--hex", "--kind", "amf3", "--wrapper", "X"},
			"       0  [0] externalizable #0 of X, traits inline\n       4    source: int 1\n", ""},
		{"web page", "<html>", nil, "", "XML or HTML, not AMF"},
		{"HTTP", "POST /amf HTTP/1.1\r\n", nil, "", "only the body is AMF"},
		{"bad digits", "0g", []string{"--hex"}, "", "bad hexadecimal digits"},
		{"unknown kind", "", []string{"--kind", "amf1"}, "", "amf0, amf3 or packet"},
		{"no such file", "", []string{"no-such-file"}, "", "no-such-file"},
		{"lines and hex", "", []string{"--lines", "--hex"}, "", "lines"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := run(t, inspect.NewDecode(), tt.input, tt.args...)
			check(t, got, tt.want, err, tt.err)
		})
	}
}

func check(t *testing.T, got, want string, err error, wantErr string) {
	t.Helper()
	if got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
	if (err != nil) != (wantErr != "") || err != nil && !strings.Contains(err.Error(), wantErr) {
		t.Errorf("got error %v, want %q", err, wantErr)
	}
}

func TestEncode(t *testing.T) {
	tests := []struct {
		name  string
		input string
		args  []string
		want  string
		err   string
	}{
		{"bytes", `[{"t":"int","v":1}]`, []string{"--kind", "amf3"}, "\x04\x01", ""},
		{"digits", `{"version":0}`, []string{"--hex"}, "000000000000\n", ""},
		{"error with path", `{"version":0,"bodies":[{"target":"a","value":{"t":"int","v":1}}]}`, nil, "", `.bodies[0].value: AMF0 has no "int"`},
		{"list without kind", `[]`, nil, "", "kind amf0 or amf3"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := run(t, inspect.NewEncode(), tt.input, tt.args...)
			check(t, got, tt.want, err, tt.err)
		})
	}
}

// TestDecodeLines has good and bad lines among each other: each is answered, in order.
func TestDecodeLines(t *testing.T) {
	input := strings.Join([]string{
		`{"name":"good","kind":"amf3","hex":"0401","note":"more keys do not matter"}`,
		`{"name":"bad","kind":"amf3","hex":"04010480"}`,
		`{"name":"digits","kind":"amf3","hex":"040g"}`,
		`{"name":"kind","kind":"amf4","hex":""}`,
		`{"name":"no hex","kind":"amf3"}`,
		`no JSON`,
		``,
		`{"name":7,"kind":"amf0","hex":""}`,
		`{"name":"last","kind":"packet","hex":"000000000000"}`,
	}, "\n")
	want := strings.Join([]string{
		`{"name":"good","desc":[{"t":"int","v":1}]}`,
		`{"name":"bad","error":"[1]: the input ends within an integer","offset":3}`,
		`{"name":"digits","error":"bad hexadecimal digits: invalid byte: U+0067 'g'","offset":1}`,
		`{"name":"kind","error":"unknown kind \"amf4\": it is amf0, amf3 or packet","offset":0}`,
		`{"name":"no hex","error":"the line has no \"hex\"","offset":0}`,
		`{"name":null,"error":"the line is no JSON object with name, kind and hex or desc: invalid character 'o' in literal null (expecting 'u')","offset":0}`,
		`{"name":7,"desc":[]}`,
		`{"name":"last","desc":{"version":0,"headers":[],"bodies":[]}}`,
	}, "\n") + "\n"
	got, err := run(t, inspect.NewDecode(), input, "--lines")
	check(t, got, want, err, "")
}

func TestEncodeLines(t *testing.T) {
	input := strings.Join([]string{
		`{"name":"good","kind":"amf3","desc":[{"t":"int","v":1}]}`,
		`{"name":"bad","kind":"amf3","desc":[{"t":"int","v":"x"}]}`,
		`{"name":"no desc","kind":"amf3"}`,
		`[]`,
		`{"name":"empty","kind":"amf3","desc":[]}`,
	}, "\n")
	want := strings.Join([]string{
		`{"name":"good","hex":"0401"}`,
		`{"name":"bad","error":"[0].v: a whole number is wanted, not \"x\""}`,
		`{"name":"no desc","error":"the line has no \"desc\""}`,
		`{"name":null,"error":"the line is no JSON object with name, kind and hex or desc: json: cannot unmarshal array into Go value of type inspect.line"}`,
		`{"name":"empty","hex":""}`,
	}, "\n") + "\n"
	got, err := run(t, inspect.NewEncode(), input, "--lines")
	check(t, got, want, err, "")
}

// TestLinesConverse has a program that waits for each answer before it asks again.
func TestLinesConverse(t *testing.T) {
	inR, inW := io.Pipe()
	outR, outW := io.Pipe()
	cmd := inspect.NewDecode()
	cmd.SetIn(inR)
	cmd.SetOut(outW)
	cmd.SetArgs([]string{"--lines"})
	done := make(chan error, 1)
	go func() {
		done <- cmd.ExecuteContext(t.Context())
		outW.Close()
	}()
	answers := bufio.NewReader(outR)
	for range 3 {
		if _, err := io.WriteString(inW, `{"name":"a","kind":"amf3","hex":"01"}`+"\n"); err != nil {
			t.Fatal(err)
		}
		got, err := answers.ReadString('\n')
		if want := `{"name":"a","desc":[{"t":"null"}]}` + "\n"; err != nil || got != want {
			t.Fatalf("got %q, %v; want %q", got, err, want)
		}
	}
	inW.Close()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

// TestLongLine has a line of more than 8 MiB both ways.
func TestLongLine(t *testing.T) {
	const header = "0c" + "82808001" // a byte array of 4 MiB
	hexText := header + strings.Repeat("ab", 4<<20)
	got, err := run(t, inspect.NewDecode(), `{"name":"a","kind":"amf3","hex":"`+hexText+`"}`+"\n", "--lines")
	if err != nil || !strings.HasPrefix(got, `{"name":"a","desc":[{"t":"bytes","id":0,"hex":"abab`) {
		t.Fatalf("got %.100s and %v", got, err)
	}
	line := strings.Replace(got, `"desc"`, `"kind":"amf3","desc"`, 1)
	got, err = run(t, inspect.NewEncode(), line, "--lines")
	if want := `{"name":"a","hex":"` + hexText + `"}` + "\n"; err != nil || got != want {
		t.Fatalf("got %.100s and %v, want %.100s", got, err, want)
	}
}

// TestFile reads the file that the argument names, and turns its description back into the same bytes.
func TestFile(t *testing.T) {
	path := filepath.Join("..", "..", "..", "..", "wire", "amf", "testdata", "vectors", "bench", "packet-orders.amf")
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	desc, err := run(t, inspect.NewDecode(), "", "--json", path)
	if err != nil {
		t.Fatal(err)
	}
	if !json.Valid([]byte(desc)) {
		t.Fatalf("no JSON: %.200s", desc)
	}
	got, err := run(t, inspect.NewEncode(), desc)
	if err != nil || got != string(want) {
		t.Fatalf("got %d bytes and %v, want the %d of the file", len(got), err, len(want))
	}
}
