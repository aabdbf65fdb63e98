package deploy

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// rules are what cfn-lint cannot know. Each returns what is wrong.
var rules = []struct {
	name  string
	check func(*testing.T, object) []string
}{
	{"parameters", checkParameters},
	{"outputs", checkOutputs},
	{"functions", checkFunctions},
	{"modes", checkModes},
	{"URL's grants", checkURLGrants},
	{"sweep", checkSweep},
	{"table", checkTable},
	{"rights", checkRights},
	{"APIs", checkAPIs},
	{"WebSocket's routes", checkRoutes},
	{"stages", checkStages},
	{"queue", checkQueue},
	{"alarms", checkAlarms},
}

// TestTemplate: the template is what docs/deploy-aws.md says of it.
func TestTemplate(t *testing.T) {
	template, err := readTemplate([]byte(readFile(t, "template.yaml")))
	if err != nil {
		t.Fatal(err)
	}
	for _, rule := range rules {
		for _, wrong := range rule.check(t, template) {
			t.Errorf("%s: %s", rule.name, wrong)
		}
	}
}

// TestTemplateMistakes: each rule finds what it is there for.
func TestTemplateMistakes(t *testing.T) {
	text := readFile(t, "template.yaml")
	for _, m := range templateMistakes {
		t.Run(m.name, func(t *testing.T) {
			template, err := readTemplate([]byte(m.into(t, text)))
			if err != nil {
				t.Fatal(err)
			}
			var found []string
			for _, rule := range rules {
				found = append(found, rule.check(t, template)...)
			}
			if !slices.ContainsFunc(found, func(wrong string) bool { return strings.Contains(wrong, m.want) }) {
				t.Errorf("found %q, want something with %q", found, m.want)
			}
		})
	}
}

// checkParameters: those that others rely on are there, and each is used.
func checkParameters(_ *testing.T, template object) []string {
	var wrong []string
	parameters, _ := template["Parameters"].(object)
	for _, name := range []string{"Stage", "ResponseMode", "FunctionUrlAuth", "AllowedOrigins", "LogRetentionDays", "ReservedConcurrency", "AlarmTopicArn"} {
		if parameters[name] == nil {
			wrong = append(wrong, "no parameter "+name)
		}
	}
	for _, kind := range []string{"ResponseMode", "FunctionUrlAuth"} {
		if want := map[string][]any{"ResponseMode": {"BUFFERED", "RESPONSE_STREAM"}, "FunctionUrlAuth": {"AWS_IAM", "NONE", "OFF"}}[kind]; !cmp.Equal(at(parameters[kind], "AllowedValues"), any(want)) {
			wrong = append(wrong, fmt.Sprintf("%s may be %v, want %v", kind, at(parameters[kind], "AllowedValues"), want))
		}
	}
	if at(parameters["FunctionUrlAuth"], "Default") != "AWS_IAM" {
		wrong = append(wrong, "the function URL is not for those alone who sign unless told otherwise")
	}
	used := mentioned(template)
	for name := range parameters {
		if !used[name] {
			wrong = append(wrong, "nothing uses the parameter "+name)
		}
	}
	conditions, _ := template["Conditions"].(object)
	for name := range conditions {
		if !used["condition "+name] {
			wrong = append(wrong, "nothing uses the condition "+name)
		}
	}
	return wrong
}

var substituted = regexp.MustCompile(`\$\{([A-Za-z0-9]+)[}.]`)

// mentioned are the names that something refers to, those of conditions with that word before.
func mentioned(template object) map[string]bool {
	used := map[string]bool{}
	walk(template, func(o object) {
		if name, ok := o["Ref"].(string); ok {
			used[name] = true
		}
		if name, ok := o["Condition"].(string); ok {
			used["condition "+name] = true
		}
		if branches := list(o["Fn::If"]); len(branches) > 0 {
			used[fmt.Sprint("condition ", branches[0])] = true
		}
		if text, ok := o["Fn::Sub"].(string); ok {
			for _, match := range substituted.FindAllStringSubmatch(text, -1) {
				used[match[1]] = true
			}
		}
	})
	return used
}

func checkOutputs(_ *testing.T, template object) []string {
	var wrong []string
	for _, name := range []string{"HttpApiUrl", "FunctionUrl", "WebSocketUrl", "TableName"} {
		if at(template, "Outputs", name, "Value") == nil {
			wrong = append(wrong, "no output "+name)
		}
	}
	return wrong
}

// checkAlarms: all that is to be known has an alarm, none without a topic, and each goes there.
func checkAlarms(_ *testing.T, template object) []string {
	var wrong []string
	watched := map[string]bool{}
	for name, alarm := range resources(template, "AWS::CloudWatch::Alarm") {
		walk(alarm, func(o object) {
			if metric, ok := o["MetricName"].(string); ok {
				watched[fmt.Sprint(o["Namespace"], " ", metric, " of ", subject(o))] = true
			}
		})
		if condition, _ := at(alarm, "Condition").(string); !strings.HasPrefix(condition, "Has") || !strings.Contains(condition, "Alarm") {
			wrong = append(wrong, name+" is there without a topic too")
		}
		if !cmp.Equal(at(alarm, "Properties", "AlarmActions"), any([]any{object{"Ref": "AlarmTopicArn"}})) {
			wrong = append(wrong, name+" tells nobody")
		}
	}
	for _, want := range []string{
		"AWS/Lambda Errors of ChatFunction", "AWS/Lambda Throttles of ChatFunction", "AWS/Lambda Duration of ChatFunction",
		"AWS/Lambda Errors of ChatStreamFunction", "AWS/Lambda Throttles of ChatStreamFunction",
		"AWS/ApiGateway 5xx of HttpApi", "AWS/ApiGateway IntegrationError of WebSocketApi", "AWS/ApiGateway ExecutionError of WebSocketApi",
		"AWS/SQS ApproximateNumberOfMessagesVisible of DeadLetters",
	} {
		if !watched[want] {
			wrong = append(wrong, "no alarm for "+want)
		}
	}
	return wrong
}

// subject is the resource that a metric's first dimension names.
func subject(metric object) string {
	dimensions := list(metric["Dimensions"])
	if len(dimensions) == 0 {
		return ""
	}
	if name, ok := at(dimensions[0], "Value", "Ref").(string); ok {
		return name
	}
	attribute, _ := at(dimensions[0], "Value", "Fn::GetAtt").(string)
	name, _, _ := strings.Cut(attribute, ".")
	return name
}

// checkStages: each has a bound, logs that programs can read, and no bodies in them.
func checkStages(_ *testing.T, template object) []string {
	var wrong []string
	for name, stage := range resources(template, "AWS::ApiGatewayV2::Stage") {
		for _, bound := range []string{"ThrottlingRateLimit", "ThrottlingBurstLimit"} {
			if limit, _ := at(stage, "Properties", "DefaultRouteSettings", bound).(int); limit < 1 {
				wrong = append(wrong, name+" has no "+bound)
			}
		}
		formats := 0
		walk(at(stage, "Properties", "AccessLogSettings"), func(o object) {
			if format, ok := o["Format"].(string); ok && json.Valid([]byte(format)) {
				formats++
			}
		})
		if formats != 1 {
			wrong = append(wrong, name+" has no access log in JSON")
		}
		if at(stage, "Properties", "DefaultRouteSettings", "DataTraceEnabled") == true {
			wrong = append(wrong, name+" logs what people say")
		}
	}
	return wrong
}

// names are the sorted names of an object's members.
func names(o object) []string { return slices.Sorted(maps.Keys(o)) }
