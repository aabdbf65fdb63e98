# One function with Patchbay in it: its role, its logs, and what invokes it besides an API: a URL of its own, a schedule.
resource "aws_lambda_function" "this" {
  function_name                  = var.name
  role                           = aws_iam_role.this.arn
  filename                       = var.package
  source_code_hash               = filebase64sha256(var.package)
  runtime                        = "provided.al2023"
  architectures                  = ["arm64"]
  handler                        = "bootstrap"
  memory_size                    = var.memory_size
  timeout                        = var.timeout
  reserved_concurrent_executions = var.reserved_concurrency
  tags                           = var.tags
  depends_on                     = [aws_iam_role_policy.this] # a queue's mapping is refused before the function may read it

  environment {
    # No event tells a function how it is invoked, so it is told here what the URL below has.
    variables = merge(var.environment, { PATCHBAY_RESPONSE_MODE = var.response_mode })
  }

  logging_config {
    log_format            = "JSON"
    log_group             = aws_cloudwatch_log_group.this.name
    application_log_level = var.log_level
    system_log_level      = "WARN" # Lambda's own lines for each invocation would cost twice as much as ours
  }

  tracing_config {
    mode = "Active"
  }
}

# Made beforehand: a group that Lambda makes keeps everything for ever.
resource "aws_cloudwatch_log_group" "this" {
  name              = "/patchbay/${var.name}"
  retention_in_days = var.log_retention_days
  tags              = var.tags
}

resource "aws_iam_role" "this" {
  name = var.name
  tags = var.tags

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "lambda.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_role_policy" "this" {
  name = "function"
  role = aws_iam_role.this.name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [for s in concat(local.own, var.statements) : {
      Effect   = "Allow"
      Action   = s.actions
      Resource = s.resources
    }]
  })
}

locals {
  own = [
    { actions = ["logs:CreateLogStream", "logs:PutLogEvents"], resources = ["${aws_cloudwatch_log_group.this.arn}:*"] },
    { actions = ["xray:PutTraceSegments", "xray:PutTelemetryRecords"], resources = ["*"] }, # X-Ray knows no narrower resource
  ]
  has_url       = var.function_url_auth != "OFF"
  is_public     = var.function_url_auth == "NONE"
  alarm_actions = var.alarm_topic_arn == "" ? [] : [var.alarm_topic_arn]
}

# ---- The function URL.

resource "aws_lambda_function_url" "this" {
  count              = local.has_url ? 1 : 0
  function_name      = aws_lambda_function.this.function_name
  authorization_type = var.function_url_auth
  invoke_mode        = var.response_mode
}

# Whoever calls a public URL needs both grants.
resource "aws_lambda_permission" "url" {
  count                  = local.is_public ? 1 : 0
  function_name          = aws_lambda_function.this.function_name
  statement_id           = "PublicMayCallUrl"
  action                 = "lambda:InvokeFunctionUrl"
  principal              = "*"
  function_url_auth_type = "NONE"
}

resource "aws_lambda_permission" "by_url" {
  count                    = local.is_public ? 1 : 0
  function_name            = aws_lambda_function.this.function_name
  statement_id             = "PublicMayInvokeByUrl"
  action                   = "lambda:InvokeFunction"
  principal                = "*"
  invoked_via_function_url = true
}

# ---- The sweep, which ends what has expired and takes up what a function that was killed left behind.

resource "aws_cloudwatch_event_rule" "sweep" {
  count               = var.sweep ? 1 : 0
  name                = "${var.name}-sweep"
  schedule_expression = "rate(1 minute)"
  tags                = var.tags
}

resource "aws_cloudwatch_event_target" "sweep" {
  count = var.sweep ? 1 : 0
  rule  = aws_cloudwatch_event_rule.sweep[0].name
  arn   = aws_lambda_function.this.arn
  input = jsonencode({ patchbay = "sweep" })
}

resource "aws_lambda_permission" "sweep" {
  count         = var.sweep ? 1 : 0
  function_name = aws_lambda_function.this.function_name
  statement_id  = "ScheduleMaySweep"
  action        = "lambda:InvokeFunction"
  principal     = "events.amazonaws.com"
  source_arn    = aws_cloudwatch_event_rule.sweep[0].arn
}

# A sweep that failed is not repeated: the next one comes in a minute.
resource "aws_lambda_function_event_invoke_config" "this" {
  count                        = var.sweep ? 1 : 0
  function_name                = aws_lambda_function.this.function_name
  maximum_retry_attempts       = 0
  maximum_event_age_in_seconds = 60
}

# ---- Alarms, where there is a topic for them.

resource "aws_cloudwatch_metric_alarm" "failing" {
  for_each            = toset(var.alarm_topic_arn == "" ? [] : ["Errors", "Throttles"])
  alarm_name          = "${var.name}-${lower(each.key)}"
  alarm_description   = "${each.key} of the function ${var.name}"
  namespace           = "AWS/Lambda"
  metric_name         = each.key
  dimensions          = { FunctionName = aws_lambda_function.this.function_name }
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 1
  threshold           = 1
  comparison_operator = "GreaterThanOrEqualToThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = local.alarm_actions
  tags                = var.tags
}

# None where streams are answered, which are meant to last.
resource "aws_cloudwatch_metric_alarm" "slow" {
  count               = var.alarm_topic_arn == "" || var.response_mode == "RESPONSE_STREAM" ? 0 : 1
  alarm_name          = "${var.name}-duration"
  alarm_description   = "One in a hundred invocations of the function ${var.name} takes more than two seconds"
  namespace           = "AWS/Lambda"
  metric_name         = "Duration"
  dimensions          = { FunctionName = aws_lambda_function.this.function_name }
  extended_statistic  = "p99"
  period              = 300
  evaluation_periods  = 3
  threshold           = 2000
  comparison_operator = "GreaterThanThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = local.alarm_actions
  tags                = var.tags
}
