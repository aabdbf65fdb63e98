# A queue for each destination whose messages a function publishes, each with one for those that it could not.
resource "aws_sqs_queue" "this" {
  for_each                   = var.destinations
  name                       = "${var.name}-${each.key}"
  visibility_timeout_seconds = 6 * var.function_timeout # as Lambda wants it
  sqs_managed_sse_enabled    = true
  tags                       = var.tags

  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dead[each.key].arn
    maxReceiveCount     = 5
  })
}

resource "aws_sqs_queue" "dead" {
  for_each                  = var.destinations
  name                      = "${var.name}-${each.key}-dead"
  message_retention_seconds = 1209600 # 14 days, the longest there is
  sqs_managed_sse_enabled   = true
  tags                      = var.tags
}

resource "aws_lambda_event_source_mapping" "this" {
  for_each                = var.destinations
  event_source_arn        = aws_sqs_queue.this[each.key].arn
  function_name           = var.function_name
  batch_size              = 10
  function_response_types = ["ReportBatchItemFailures"]
  tags                    = var.tags

  scaling_config {
    maximum_concurrency = 10
  }
}

resource "aws_cloudwatch_metric_alarm" "dead" {
  for_each            = var.alarm_topic_arn == "" ? toset([]) : var.destinations
  alarm_name          = "${var.name}-${each.key}-dead"
  alarm_description   = "Messages of the queue ${aws_sqs_queue.this[each.key].name} could not be published"
  namespace           = "AWS/SQS"
  metric_name         = "ApproximateNumberOfMessagesVisible"
  dimensions          = { QueueName = aws_sqs_queue.dead[each.key].name }
  statistic           = "Maximum"
  period              = 300
  evaluation_periods  = 1
  threshold           = 1
  comparison_operator = "GreaterThanOrEqualToThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = [var.alarm_topic_arn]
  tags                = var.tags
}
