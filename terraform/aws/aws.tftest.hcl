# Planned and not applied: what Terraform may not destroy it could not clean up either.
mock_provider "aws" {
  mock_resource "aws_apigatewayv2_api" {
    override_during = plan
    defaults = {
      api_endpoint  = "wss://abc.execute-api.eu-central-1.amazonaws.com"
      execution_arn = "arn:aws:execute-api:eu-central-1:123456789012:abc"
    }
  }
  mock_resource "aws_lambda_function_url" {
    override_during = plan
    defaults = {
      function_url = "https://f.lambda-url.eu-central-1.on.aws/"
    }
  }
}

variables {
  region  = "eu-central-1"
  package = "aws.tftest.hcl" # any file
}

run "as_it_comes" {
  command = plan

  assert {
    condition     = local.environment.PATCHBAY_STORE == "dynamodb://patchbay" && output.table_name == "patchbay"
    error_message = "The functions are told of another table."
  }

  assert {
    condition     = local.environment.AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI == "https://abc.execute-api.eu-central-1.amazonaws.com/prod"
    error_message = "The functions post elsewhere."
  }

  assert {
    condition     = output.function_url == "https://f.lambda-url.eu-central-1.on.aws/"
    error_message = "There is no function URL."
  }

  assert {
    condition     = output.websocket_url == "wss://abc.execute-api.eu-central-1.amazonaws.com/prod"
    error_message = "Clients connect elsewhere."
  }

  assert {
    condition     = length(output.queue_urls) == 0
    error_message = "There are queues that nobody wanted."
  }
}

run "with_all" {
  command = plan

  variables {
    function_url_auth = "OFF"
    ingest            = ["messages"]
    allowed_origins   = ["https://shop.example"]
    alarm_topic_arn   = "arn:aws:sns:eu-central-1:123456789012:alarms"
    domain_name       = "chat.example.org"
    certificate_arn   = "arn:aws:acm:eu-central-1:123456789012:certificate/c"
  }

  assert {
    condition     = output.function_url == null
    error_message = "There is a function URL that nobody wanted."
  }

  assert {
    condition     = output.http_api_url == "https://chat.example.org" && output.websocket_url == "wss://ws.chat.example.org"
    error_message = "The domains are others."
  }

  assert {
    condition     = local.environment.PATCHBAY_ORIGINS == "https://shop.example" && keys(output.queue_urls) == ["messages"]
    error_message = "The function is not told which pages may call, or the queue is missing."
  }
}
