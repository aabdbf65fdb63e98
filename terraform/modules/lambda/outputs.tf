output "arn" {
  description = "ARN of the function."
  value       = aws_lambda_function.this.arn
}

output "invoke_arn" {
  description = "What an API's integration calls."
  value       = aws_lambda_function.this.invoke_arn
}

output "name" {
  description = "Name of the function."
  value       = aws_lambda_function.this.function_name
}

output "url" {
  description = "The function's URL, null where it has none."
  value       = one(aws_lambda_function_url.this[*].function_url)
}

output "log_group" {
  description = "The group that the function logs to."
  value       = aws_cloudwatch_log_group.this.name
}
