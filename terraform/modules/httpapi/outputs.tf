output "url" {
  description = "Where the function answers."
  value       = var.domain_name == "" ? aws_apigatewayv2_api.this.api_endpoint : "https://${var.domain_name}"
}

output "domain_target" {
  description = "What domain_name has to be a CNAME of, null without one."
  value       = one(aws_apigatewayv2_domain_name.this[*].domain_name_configuration[0].target_domain_name)
}
