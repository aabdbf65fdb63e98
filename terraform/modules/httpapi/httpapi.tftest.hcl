mock_provider "aws" {}

variables {
  name          = "patchbay-test"
  function_name = "patchbay-test"
  invoke_arn    = "arn:aws:apigateway:eu-central-1:lambda:path/2015-03-31/functions/f/invocations"
}

run "api" {
  assert {
    condition     = aws_apigatewayv2_api.this.protocol_type == "HTTP" && length(aws_apigatewayv2_api.this.cors_configuration) == 0
    error_message = "It is no HTTP API, or pages of other origins may call."
  }

  assert {
    condition     = aws_apigatewayv2_integration.this.payload_format_version == "2.0" && aws_apigatewayv2_integration.this.integration_method == "POST" && aws_apigatewayv2_integration.this.timeout_milliseconds == 30000
    error_message = "Events are of another form, or the API does not wait for what the function takes."
  }

  assert {
    condition     = aws_apigatewayv2_route.this.route_key == "$default" && aws_apigatewayv2_route.this.target == "integrations/${aws_apigatewayv2_integration.this.id}"
    error_message = "Not all requests go to the function."
  }

  assert {
    condition     = aws_apigatewayv2_stage.this.name == "$default" && aws_apigatewayv2_stage.this.auto_deploy && one(aws_apigatewayv2_stage.this.default_route_settings).throttling_rate_limit == 500
    error_message = "The stage is part of the path, or has no bound."
  }

  assert {
    condition     = jsondecode(one(aws_apigatewayv2_stage.this.access_log_settings).format).status == "$context.status"
    error_message = "Access is not logged in JSON."
  }

  assert {
    condition     = aws_lambda_permission.this.source_arn == "${aws_apigatewayv2_api.this.execution_arn}/*/$default"
    error_message = "Other APIs may invoke the function."
  }

  assert {
    condition     = length(aws_cloudwatch_metric_alarm.this) + length(aws_apigatewayv2_domain_name.this) == 0
    error_message = "There is an alarm or a domain that nobody wanted."
  }
}

run "with_all" {
  variables {
    allowed_origins = ["https://shop.example"]
    alarm_topic_arn = "arn:aws:sns:eu-central-1:123456789012:alarms"
    domain_name     = "chat.example.org"
    certificate_arn = "arn:aws:acm:eu-central-1:123456789012:certificate/c"
  }

  assert {
    condition     = one(aws_apigatewayv2_api.this.cors_configuration).allow_origins == toset(["https://shop.example"])
    error_message = "The origin may not call."
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.this[0].metric_name == "5xx"
    error_message = "There is no alarm."
  }

  assert {
    condition     = output.url == "https://chat.example.org" && length(aws_apigatewayv2_api_mapping.this) == 1
    error_message = "The domain does not lead here."
  }
}

run "refuses_origins_and_domains" {
  command = plan

  variables {
    allowed_origins = ["*"]
    domain_name     = "chat.example.org"
  }

  expect_failures = [var.allowed_origins, var.certificate_arn]
}
