package deploy

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// checkAPIs: one of each protocol, and neither waits longer for the function than it may.
func checkAPIs(_ *testing.T, template object) []string {
	var wrong []string
	for name, protocol := range map[string]string{"HttpApi": "HTTP", "WebSocketApi": "WEBSOCKET"} {
		if got := at(resources(template, "AWS::ApiGatewayV2::Api")[name], "Properties", "ProtocolType"); got != protocol {
			wrong = append(wrong, fmt.Sprintf("%s speaks %v, want %s", name, got, protocol))
		}
	}
	longest := map[any]int{"HttpApi": 30_000, "WebSocketApi": 29_000}
	for name, integration := range resources(template, "AWS::ApiGatewayV2::Integration") {
		most := longest[at(integration, "Properties", "ApiId", "Ref")]
		waits, _ := at(integration, "Properties", "TimeoutInMillis").(int)
		if timeout, _ := at(template, "Globals", "Function", "Timeout").(int); waits < timeout*1000 || waits > most {
			wrong = append(wrong, fmt.Sprintf("%s waits for %d ms, want what the function takes and at most %d", name, waits, most))
		}
		if at(integration, "Properties", "IntegrationMethod") != "POST" {
			wrong = append(wrong, name+" does not call Lambda by POST, which alone it takes")
		}
		if at(integration, "Properties", "IntegrationType") != "AWS_PROXY" {
			wrong = append(wrong, name+" passes no events")
		}
	}
	if at(template, "Resources", "HttpIntegration", "Properties", "PayloadFormatVersion") != "2.0" {
		wrong = append(wrong, "the HTTP API's events are not of version 2.0")
	}
	cors := list(at(template, "Resources", "HttpApi", "Properties", "CorsConfiguration", "Fn::If"))
	if len(cors) != 3 || cors[0] != "HasOrigins" || !cmp.Equal(cors[2], any(object{"Ref": "AWS::NoValue"})) ||
		!cmp.Equal(at(cors[1], "AllowOrigins"), any(object{"Ref": "AllowedOrigins"})) {
		wrong = append(wrong, "CORS does not go by AllowedOrigins")
	}
	return wrong
}

// checkRoutes: the three that there are, and that the answer to a frame goes back the way the frame came.
func checkRoutes(_ *testing.T, template object) []string {
	var wrong, keys []string
	for name, route := range resources(template, "AWS::ApiGatewayV2::Route") {
		if at(route, "Properties", "ApiId", "Ref") != "WebSocketApi" {
			continue
		}
		key, _ := at(route, "Properties", "RouteKey").(string)
		keys = append(keys, key)
		if key == "$default" && (at(route, "Properties", "RouteResponseSelectionExpression") != "$default" || !answered(template, name)) {
			wrong = append(wrong, "what the function answers to a frame is lost: $default has no route response")
		}
	}
	slices.Sort(keys)
	if want := []string{"$connect", "$default", "$disconnect"}; !slices.Equal(keys, want) {
		wrong = append(wrong, fmt.Sprintf("the WebSocket API has the routes %q, want %q", keys, want))
	}
	return wrong
}

// answered reports whether a route has a response.
func answered(template object, route string) bool {
	for _, response := range resources(template, "AWS::ApiGatewayV2::RouteResponse") {
		if at(response, "Properties", "RouteId", "Ref") == route && at(response, "Properties", "RouteResponseKey") == "$default" {
			return true
		}
	}
	return false
}

// checkQueue: what fails is tried again by itself, alone, and ends among the dead letters.
func checkQueue(_ *testing.T, template object) []string {
	var wrong []string
	for name, mapping := range resources(template, "AWS::Lambda::EventSourceMapping") {
		if !cmp.Equal(at(mapping, "Properties", "FunctionResponseTypes"), any([]any{"ReportBatchItemFailures"})) {
			wrong = append(wrong, name+" repeats a whole batch for one message that failed")
		}
	}
	told := at(template, "Resources", "ChatFunction", "Properties", "Environment", "Variables", "PATCHBAY_SOURCES")
	if want := (object{"Fn::If": []any{"HasQueue", object{"Fn::Sub": "sqs:${Queue.QueueName}=${IngestDestination}"}, ""}}); !cmp.Equal(told, any(want)) {
		wrong = append(wrong, fmt.Sprintf("the function is told that messages come from %v, want %v", told, want))
	}
	queue := resources(template, "AWS::SQS::Queue")["Queue"]
	if at(queue, "Properties", "RedrivePolicy", "deadLetterTargetArn", "Fn::GetAtt") != "DeadLetters.Arn" {
		wrong = append(wrong, "messages that cannot be published come again for ever")
	}
	hidden, _ := at(queue, "Properties", "VisibilityTimeout").(int)
	if timeout, _ := at(template, "Globals", "Function", "Timeout").(int); hidden < 6*timeout {
		wrong = append(wrong, fmt.Sprintf("a message that is worked on is hidden for %d s, want six times the function's timeout", hidden))
	}
	return wrong
}
