mock_provider "aws" {}

variables {
  name            = "patchbay-test"
  function_name   = "patchbay-test"
  destinations    = ["messages", "news"]
  alarm_topic_arn = "arn:aws:sns:eu-central-1:123456789012:alarms"
}

run "queues" {
  assert {
    condition     = toset(keys(output.urls)) == toset(["messages", "news"])
    error_message = "Not each destination has a queue."
  }

  assert {
    condition     = jsondecode(aws_sqs_queue.this["news"].redrive_policy).deadLetterTargetArn == aws_sqs_queue.dead["news"].arn
    error_message = "Messages that cannot be published come again for ever."
  }

  assert {
    condition     = alltrue([for q in aws_sqs_queue.this : q.visibility_timeout_seconds >= 6 * 29 && q.sqs_managed_sse_enabled])
    error_message = "Messages come again while they are worked on, or are not encrypted."
  }

  assert {
    condition     = alltrue([for m in aws_lambda_event_source_mapping.this : m.function_response_types == toset(["ReportBatchItemFailures"])])
    error_message = "A whole batch is repeated for one message that failed."
  }

  assert {
    condition     = length(aws_cloudwatch_metric_alarm.dead) == 2
    error_message = "Nobody hears of what could not be published."
  }

  assert {
    condition     = output.sources == "sqs:patchbay-test-messages=messages,sqs:patchbay-test-news=news"
    error_message = "The function does not know what comes from where."
  }

  assert {
    condition     = toset(output.statements[0].resources) == toset([for q in aws_sqs_queue.this : q.arn])
    error_message = "The function may read other queues."
  }
}

run "none" {
  variables {
    destinations = []
  }

  assert {
    condition     = length(output.urls) == 0 && length(output.statements) == 0
    error_message = "There are queues without a destination."
  }
}
