output "url" {
  description = "Where clients connect."
  value       = var.domain_name == "" ? "${aws_apigatewayv2_api.this.api_endpoint}/${var.stage}" : "wss://${var.domain_name}"
}

output "callback" {
  description = "What AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI is for a function that posts to connections. It is never the domain of your own."
  value       = "${replace(aws_apigatewayv2_api.this.api_endpoint, "/^wss:/", "https:")}/${var.stage}"
}

output "statement" {
  description = "What a function has to be allowed that posts to connections."
  value = {
    actions   = ["execute-api:ManageConnections"]
    resources = [for verb in ["POST", "GET", "DELETE"] : "${aws_apigatewayv2_api.this.execution_arn}/${var.stage}/${verb}/@connections/*"]
  }
}

output "domain_target" {
  description = "What domain_name has to be a CNAME of, null without one."
  value       = one(aws_apigatewayv2_domain_name.this[*].domain_name_configuration[0].target_domain_name)
}
