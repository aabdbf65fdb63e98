output "name" {
  description = "Name of the table."
  value       = aws_dynamodb_table.this.name
}

output "arn" {
  description = "ARN of the table."
  value       = aws_dynamodb_table.this.arn
}

output "url" {
  description = "What PATCHBAY_STORE is for a function that keeps its items here."
  value       = "dynamodb://${aws_dynamodb_table.this.name}"
}

output "statement" {
  description = "What a function has to be allowed: the calls that stores/dynamodb makes, on this table alone."
  value = {
    actions   = ["dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query", "dynamodb:PutItem", "dynamodb:DeleteItem"]
    resources = [aws_dynamodb_table.this.arn]
  }
}
