package deploy

import (
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const function = "AWS::Serverless::Function"

// The longest that an API waits for a function, in seconds, and the longest that Lambda lets one run.
const (
	longestAnswer = 29
	longestRun    = 900
)

// setting returns a setting of a function, its own or that of all.
func setting(template object, resource any, path ...string) any {
	if own := at(resource, append([]string{"Properties"}, path...)...); own != nil {
		return own
	}
	return at(template, append([]string{"Globals", "Function"}, path...)...)
}

// checkFunctions: how each runs, is built, and logs.
func checkFunctions(t *testing.T, template object) []string {
	t.Helper()
	var wrong []string
	functions := resources(template, function)
	if len(functions) != 2 {
		wrong = append(wrong, fmt.Sprintf("functions %q, want two", names(functions)))
	}
	for name, f := range functions {
		for _, want := range []struct {
			path  []string
			value any
		}{
			{[]string{"Runtime"}, "provided.al2023"},
			{[]string{"Architectures"}, []any{"arm64"}},
			{[]string{"MemorySize"}, 256},
			{[]string{"Tracing"}, "Active"},
			{[]string{"LoggingConfig", "LogFormat"}, "JSON"},
			{[]string{"LoggingConfig", "ApplicationLogLevel"}, object{"Ref": "LogLevel"}},
			{[]string{"Environment", "Variables", "PATCHBAY_STORE"}, object{"Fn::Sub": "dynamodb://${Table}"}},
			{[]string{"Environment", "Variables", "PATCHBAY_ORIGINS"}, object{"Fn::Join": []any{",", object{"Ref": "AllowedOrigins"}}}},
			{[]string{"Environment", "Variables", "AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI"}, object{"Fn::Sub": "https://${WebSocketApi}.execute-api.${AWS::Region}.${AWS::URLSuffix}/${Stage}"}},
		} {
			if got := setting(template, f, want.path...); !cmp.Equal(got, want.value) {
				wrong = append(wrong, fmt.Sprintf("%s of %s is %v, want %v", strings.Join(want.path, "."), name, got, want.value))
			}
		}
		wrong = append(wrong, checkTimeout(template, name, f)...)
		wrong = append(wrong, checkLogGroup(template, name, f)...)
		wrong = append(wrong, checkBuild(t, template, name, f)...)
	}
	return wrong
}

func checkTimeout(template object, name string, f any) []string {
	most := longestAnswer
	if at(f, "Properties", "FunctionUrlConfig") != nil {
		most = longestRun
	}
	if timeout, ok := setting(template, f, "Timeout").(int); !ok || timeout < 1 || timeout > most {
		return []string{fmt.Sprintf("Timeout of %s is %v, want at most %d", name, setting(template, f, "Timeout"), most)}
	}
	return nil
}

// checkLogGroup: it is made beforehand, ends to keep things, and has the same condition as the function.
func checkLogGroup(template object, name string, f any) []string {
	group, _ := at(f, "Properties", "LoggingConfig", "LogGroup", "Ref").(string)
	made := resources(template, "AWS::Logs::LogGroup")[group]
	if at(made, "Properties", "RetentionInDays", "Ref") != "LogRetentionDays" {
		return []string{name + " logs for ever"}
	}
	if at(made, "Condition") != at(f, "Condition") {
		return []string{name + " may lack its group of logs"}
	}
	return nil
}

// checkBuild: "sam build" finds a target for the function, which writes what the runtime starts.
func checkBuild(t *testing.T, template object, name string, f any) []string {
	t.Helper()
	if at(f, "Metadata", "BuildMethod") != "makefile" {
		return []string{name + " is not built by make"}
	}
	folder, _ := setting(template, f, "CodeUri").(string)
	for line := range strings.Lines(readFile(t, path.Join(folder, "Makefile"))) {
		targets, _, isRule := strings.Cut(line, ":")
		if isRule && slices.Contains(strings.Fields(targets), "build-"+name) {
			return nil
		}
	}
	return []string{fmt.Sprintf("%s/Makefile has no target build-%s", folder, name)}
}

// checkModes: a function cannot see how it is invoked, so it has to be told the truth.
func checkModes(_ *testing.T, template object) []string {
	var wrong []string
	streaming := 0
	for name, f := range resources(template, function) {
		told := setting(template, f, "Environment", "Variables", "PATCHBAY_RESPONSE_MODE")
		var invoked any = "BUFFERED" // by the APIs
		if url := at(f, "Properties", "FunctionUrlConfig"); url != nil {
			streaming++
			invoked = at(url, "InvokeMode")
			if !cmp.Equal(invoked, any(object{"Ref": "ResponseMode"})) || !cmp.Equal(at(url, "AuthType"), any(object{"Ref": "FunctionUrlAuth"})) {
				wrong = append(wrong, name+"'s URL does not go by the parameters")
			}
			if len(list(at(f, "Properties", "Events"))) > 0 {
				wrong = append(wrong, name+" streams and has events too, which do not")
			}
		}
		if !cmp.Equal(told, invoked) {
			wrong = append(wrong, fmt.Sprintf("%s is invoked %v and told %v", name, invoked, told))
		}
	}
	if streaming != 1 {
		wrong = append(wrong, fmt.Sprintf("%d functions have a URL, want one", streaming))
	}
	return wrong
}

// checkURLGrants: a URL for everybody needs two grants, and no other is given to everybody.
func checkURLGrants(_ *testing.T, template object) []string {
	granted := map[any]any{}
	for _, grant := range resources(template, "AWS::Lambda::Permission") {
		if at(grant, "Properties", "Principal") == "*" && at(grant, "Condition") == "HasPublicFunctionUrl" {
			granted[at(grant, "Properties", "Action")] = at(grant, "Properties")
		}
	}
	var wrong []string
	if at(granted["lambda:InvokeFunctionUrl"], "FunctionUrlAuthType") != "NONE" {
		wrong = append(wrong, "a public URL has no grant lambda:InvokeFunctionUrl")
	}
	if at(granted["lambda:InvokeFunction"], "InvokedViaFunctionUrl") != true {
		wrong = append(wrong, "a public URL has no grant lambda:InvokeFunction by way of the URL")
	}
	for name, grant := range resources(template, "AWS::Lambda::Permission") {
		if at(grant, "Properties", "Principal") == "*" && at(grant, "Condition") != "HasPublicFunctionUrl" {
			wrong = append(wrong, name+" lets everybody call, whatever FunctionUrlAuth says")
		}
		if at(grant, "Properties", "Principal") != "*" && at(grant, "Properties", "SourceArn") == nil {
			wrong = append(wrong, name+" lets APIs of others call")
		}
	}
	return wrong
}

// checkSweep: one function is invoked each minute with what adapters/lambda takes for a sweep.
func checkSweep(_ *testing.T, template object) []string {
	sweeps := 0
	for _, f := range resources(template, function) {
		events, _ := at(f, "Properties", "Events").(object)
		for _, event := range events {
			input, _ := at(event, "Properties", "Input").(string)
			var said map[string]string
			if json.Unmarshal([]byte(input), &said) == nil && at(event, "Type") == "Schedule" &&
				at(event, "Properties", "Schedule") == "rate(1 minute)" && cmp.Equal(said, map[string]string{"patchbay": "sweep"}) {
				sweeps++
			}
		}
	}
	if sweeps != 1 {
		return []string{fmt.Sprintf("%d schedules sweep each minute, want one", sweeps)}
	}
	return nil
}
