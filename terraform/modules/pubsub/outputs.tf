output "topics" {
  description = "Where messages are published, by destination."
  value       = { for destination, topic in google_pubsub_topic.this : destination => topic.id }
}

output "account" {
  description = "E-mail address of the account that pushes, which the service has to expect; null without a destination."
  value       = one(google_service_account.push[*].email)
}

output "member" {
  description = "The same as IAM has it. It needs roles/run.invoker for the service."
  value       = one(google_service_account.push[*].member)
}
