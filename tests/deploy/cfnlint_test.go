//go:build peers

package deploy

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/patchbay-go/patchbay/tests/process"
	"github.com/patchbay-go/patchbay/tests/servers"
)

// lintMistakes are those that cfn-lint finds; want is the rule by which it does.
var lintMistakes = []mistake{
	{"misspelt property", "BillingMode: PAY_PER_REQUEST", "BilingMode: PAY_PER_REQUEST", "E3002"},
	{"misspelt property of a function", "      EventInvokeConfig: #", "      EventInvocationConfig: #", "E0001"},
	{"misspelt property of an API", "      RouteSelectionExpression:", "      RouteSelection:", "E3002"},
	{"reference to what is not there", "DestinationArn: !GetAtt AccessLogs.Arn\n          Format: >-\n            {\"api\"", "DestinationArn: !GetAtt Logs.Arn\n          Format: >-\n            {\"api\"", "E1010"},
	{"parameter that is not there", "RetentionInDays: !Ref LogRetentionDays\n\n  AccessLogs", "RetentionInDays: !Ref RetentionDays\n\n  AccessLogs", "E1020"},
	{"name in a text that is not there", "!Sub dynamodb://${Table}", "!Sub dynamodb://${Tabel}", "E1019"},
	{"attribute that is not there", "!GetAtt DeadLetters.QueueName", "!GetAtt DeadLetters.Name", "E1010"},
	{"condition that is not there", "Condition: HasQueueAlarm", "Condition: HasAlarmQueue", "E3015"},
	{"required property that is missing", "      RouteKey: $connect\n", "", "E3003"},
	{"required property of an item that is missing", "{AttributeName: pk, AttributeType: S}", "{AttributeName: pk}", "E3003"},
	{"value that is not of the list", "BillingMode: PAY_PER_REQUEST", "BillingMode: PAY_PER_CALL", "E3030"},
	{"default that is not allowed", "Default: RESPONSE_STREAM", "Default: STREAM", "E2015"},
	{"wrong type", "TimeToLiveSpecification: {AttributeName: ttl, Enabled: true}", "TimeToLiveSpecification: [ttl]", "E3012"},
	{"kind of resource that is not there", "Type: AWS::ApiGatewayV2::RouteResponse", "Type: AWS::ApiGatewayV2::RouteAnswer", "E3006"},
	{"number beyond its bounds", "MessageRetentionPeriod: 1209600", "MessageRetentionPeriod: 12096000", "E3034"},
	{"circle", "      Description: The store, the connections and the traces of Patchbay's functions", "      Description: !GetAtt ChatFunction.Arn", "E3004"},
	{"twice the same", "  ConnectRoute:\n", "  HttpRoute:\n", "E0000"},
}

// finding is what cfn-lint prints of each thing that is wrong.
type finding struct {
	Filename, Message string
	Rule              struct{ ID string }
}

// TestCloudFormation: cfn-lint has nothing to say of the template, and finds each of the mistakes. It is asked once for all of them.
func TestCloudFormation(t *testing.T) {
	text, folder := readFile(t, "template.yaml"), t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(folder, name+".yaml")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	sound := write("sound", text)
	paths := []string{sound}
	for i, m := range lintMistakes {
		paths = append(paths, write(fmt.Sprint(i), m.into(t, text)))
	}
	found := lint(t, paths)
	for _, f := range found[sound] {
		t.Errorf("template.yaml: %s: %s", f.Rule.ID, f.Message)
	}
	for i, m := range lintMistakes {
		t.Run(m.name, func(t *testing.T) {
			for _, f := range found[paths[i+1]] {
				if f.Rule.ID == m.want {
					return
				}
			}
			t.Errorf("cfn-lint found %+v, want %s", found[paths[i+1]], m.want)
		})
	}
}

// lint returns what cfn-lint finds in each file.
func lint(t *testing.T, paths []string) map[string][]finding {
	t.Helper()
	build, err := servers.Build()
	if err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(build, "cfnlint", "bin", "cfn-lint")
	if _, err := os.Stat(program); err != nil {
		t.Fatalf("cfn-lint is missing; tests/install/cfnlint .build installs it: %v", err)
	}
	args := append([]string{"--regions", "us-east-1", "--format", "json", "--"}, paths...)
	out, printed, err := process.Finish(t, exec.CommandContext(t.Context(), program, args...))
	var all []finding
	if jsonErr := json.Unmarshal(out, &all); jsonErr != nil {
		t.Fatalf("cfn-lint ends with %v and prints %s%s", err, out, strings.TrimSpace(string(printed)))
	}
	found := map[string][]finding{}
	for _, f := range all {
		found[f.Filename] = append(found[f.Filename], f)
	}
	return found
}
