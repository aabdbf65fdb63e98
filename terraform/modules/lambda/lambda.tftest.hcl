mock_provider "aws" {}

variables {
  name        = "patchbay-test"
  package     = "lambda.tftest.hcl" # any file
  environment = { PATCHBAY_STORE = "dynamodb://patchbay-test" }
  statements  = [{ actions = ["dynamodb:GetItem"], resources = ["arn:aws:dynamodb:eu-central-1:123456789012:table/patchbay-test"] }]
}

run "buffered" {
  assert {
    condition = alltrue([
      aws_lambda_function.this.runtime == "provided.al2023",
      aws_lambda_function.this.architectures == tolist(["arm64"]),
      aws_lambda_function.this.handler == "bootstrap",
      aws_lambda_function.this.memory_size == 256,
      aws_lambda_function.this.timeout == 29,
      aws_lambda_function.this.reserved_concurrent_executions == -1,
    ])
    error_message = "The function does not run as it is built."
  }

  assert {
    condition     = aws_lambda_function.this.environment[0].variables == tomap({ PATCHBAY_STORE = "dynamodb://patchbay-test", PATCHBAY_RESPONSE_MODE = "BUFFERED" })
    error_message = "The function is told something else."
  }

  assert {
    condition     = aws_lambda_function.this.logging_config[0].log_format == "JSON" && aws_lambda_function.this.logging_config[0].log_group == aws_cloudwatch_log_group.this.name
    error_message = "The function does not log to the group that was made for it, in JSON."
  }

  assert {
    condition     = aws_cloudwatch_log_group.this.retention_in_days == 30 && aws_lambda_function.this.tracing_config[0].mode == "Active"
    error_message = "Logs are kept for another time, or there are no traces."
  }

  assert {
    condition     = [for s in jsondecode(aws_iam_role_policy.this.policy).Statement : s if anytrue([for r in s.Resource : r == "*"]) && !startswith(s.Action[0], "xray:")] == []
    error_message = "The function may do something to everything."
  }

  assert {
    condition     = jsondecode(aws_iam_role_policy.this.policy).Statement[2] == { Effect = "Allow", Action = ["dynamodb:GetItem"], Resource = ["arn:aws:dynamodb:eu-central-1:123456789012:table/patchbay-test"] }
    error_message = "The function may not do what it was allowed."
  }

  assert {
    condition     = length(aws_lambda_function_url.this) + length(aws_lambda_permission.url) + length(aws_lambda_permission.by_url) == 0 && output.url == null
    error_message = "There is a URL that nobody wanted."
  }

  assert {
    condition     = length(aws_cloudwatch_event_rule.sweep) == 0 && length(aws_cloudwatch_metric_alarm.failing) == 0 && length(aws_cloudwatch_metric_alarm.slow) == 0
    error_message = "There is a schedule or an alarm that nobody wanted."
  }
}

run "streaming" {
  variables {
    response_mode     = "RESPONSE_STREAM"
    function_url_auth = "AWS_IAM"
    timeout           = 300
  }

  assert {
    condition     = aws_lambda_function_url.this[0].invoke_mode == "RESPONSE_STREAM" && aws_lambda_function.this.environment[0].variables.PATCHBAY_RESPONSE_MODE == "RESPONSE_STREAM"
    error_message = "The function is not told how its URL invokes it."
  }

  assert {
    condition     = aws_lambda_function_url.this[0].authorization_type == "AWS_IAM" && length(aws_lambda_permission.url) + length(aws_lambda_permission.by_url) == 0
    error_message = "The URL is open to everybody."
  }
}

run "public" {
  variables {
    function_url_auth = "NONE"
  }

  assert {
    condition     = aws_lambda_permission.url[0].action == "lambda:InvokeFunctionUrl" && aws_lambda_permission.url[0].function_url_auth_type == "NONE"
    error_message = "A public URL lacks its first grant."
  }

  assert {
    condition     = aws_lambda_permission.by_url[0].action == "lambda:InvokeFunction" && aws_lambda_permission.by_url[0].invoked_via_function_url
    error_message = "A public URL lacks its second grant."
  }
}

run "sweeping_with_alarms" {
  variables {
    sweep           = true
    alarm_topic_arn = "arn:aws:sns:eu-central-1:123456789012:alarms"
  }

  assert {
    condition     = aws_cloudwatch_event_rule.sweep[0].schedule_expression == "rate(1 minute)" && jsondecode(aws_cloudwatch_event_target.sweep[0].input) == { patchbay = "sweep" }
    error_message = "The function does not sweep each minute."
  }

  assert {
    condition     = aws_lambda_permission.sweep[0].source_arn == aws_cloudwatch_event_rule.sweep[0].arn && aws_lambda_function_event_invoke_config.this[0].maximum_retry_attempts == 0
    error_message = "Others may invoke the function, or failed sweeps are repeated."
  }

  assert {
    condition     = toset([for a in aws_cloudwatch_metric_alarm.failing : a.metric_name]) == toset(["Errors", "Throttles"]) && aws_cloudwatch_metric_alarm.slow[0].extended_statistic == "p99"
    error_message = "An alarm is missing."
  }

  assert {
    condition     = alltrue([for a in aws_cloudwatch_metric_alarm.failing : a.alarm_actions == toset(["arn:aws:sns:eu-central-1:123456789012:alarms"])])
    error_message = "An alarm tells nobody."
  }
}

run "refuses_what_there_is_not" {
  command = plan

  variables {
    response_mode     = "STREAM"
    function_url_auth = "EVERYBODY"
    timeout           = 901
    memory_size       = 64
    statements        = [{ actions = ["dynamodb:GetItem"], resources = ["*"] }]
  }

  expect_failures = [var.response_mode, var.function_url_auth, var.timeout, var.memory_size, var.statements]
}
