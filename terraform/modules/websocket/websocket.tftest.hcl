mock_provider "aws" {
  mock_resource "aws_apigatewayv2_api" {
    defaults = {
      api_endpoint  = "wss://abc.execute-api.eu-central-1.amazonaws.com"
      execution_arn = "arn:aws:execute-api:eu-central-1:123456789012:abc"
    }
  }
}

variables {
  name          = "patchbay-test"
  function_name = "patchbay-test"
  invoke_arn    = "arn:aws:apigateway:eu-central-1:lambda:path/2015-03-31/functions/f/invocations"
}

run "api" {
  assert {
    condition     = aws_apigatewayv2_api.this.protocol_type == "WEBSOCKET" && aws_apigatewayv2_integration.this.integration_method == "POST" && aws_apigatewayv2_integration.this.timeout_milliseconds == 29000
    error_message = "It is no WebSocket API, or does not wait for what the function takes."
  }

  assert {
    condition     = toset([for r in aws_apigatewayv2_route.this : r.route_key]) == toset(["$connect", "$disconnect", "$default"])
    error_message = "A route is missing."
  }

  assert {
    condition     = aws_apigatewayv2_route.this["$default"].route_response_selection_expression == "$default" && aws_apigatewayv2_route_response.this.route_id == aws_apigatewayv2_route.this["$default"].id
    error_message = "What the function answers to a frame is lost."
  }

  assert {
    condition     = aws_apigatewayv2_route.this["$connect"].route_response_selection_expression == null
    error_message = "Something is sent to a connection that is not there yet."
  }

  assert {
    condition     = !one(aws_apigatewayv2_stage.this.default_route_settings).data_trace_enabled && one(aws_apigatewayv2_stage.this.default_route_settings).throttling_rate_limit == 500
    error_message = "What people say is logged, or the stage has no bound."
  }

  assert {
    condition     = length(aws_apigatewayv2_stage.this.access_log_settings) == 0
    error_message = "Access is logged, which most accounts have no role for."
  }

  assert {
    condition     = output.url == "wss://abc.execute-api.eu-central-1.amazonaws.com/prod" && output.callback == "https://abc.execute-api.eu-central-1.amazonaws.com/prod"
    error_message = "URLs are others."
  }

  assert {
    condition     = output.statement.resources[0] == "arn:aws:execute-api:eu-central-1:123456789012:abc/prod/POST/@connections/*"
    error_message = "Functions may post elsewhere."
  }

  assert {
    condition     = aws_lambda_permission.this.source_arn == "arn:aws:execute-api:eu-central-1:123456789012:abc/prod/*"
    error_message = "Other APIs may invoke the function."
  }
}

run "with_all" {
  variables {
    stage           = "test"
    access_logs     = true
    alarm_topic_arn = "arn:aws:sns:eu-central-1:123456789012:alarms"
    domain_name     = "ws.chat.example.org"
    certificate_arn = "arn:aws:acm:eu-central-1:123456789012:certificate/c"
  }

  assert {
    condition     = output.url == "wss://ws.chat.example.org" && output.callback == "https://abc.execute-api.eu-central-1.amazonaws.com/test"
    error_message = "Clients come by the domain, and functions post to the API itself."
  }

  assert {
    condition     = jsondecode(one(aws_apigatewayv2_stage.this.access_log_settings).format).route == "$context.routeKey" && length(aws_cloudwatch_metric_alarm.this) == 2
    error_message = "Access is not logged, or alarms are missing."
  }
}

run "refuses_a_stage" {
  command = plan

  variables {
    stage = "$default"
  }

  expect_failures = [var.stage]
}
