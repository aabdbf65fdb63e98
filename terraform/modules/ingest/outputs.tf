output "urls" {
  description = "Where messages are sent, by destination."
  value       = { for destination, queue in aws_sqs_queue.this : destination => queue.url }
}

output "statements" {
  description = "What the function has to be allowed."
  value = length(aws_sqs_queue.this) == 0 ? [] : [{
    actions   = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]
    resources = [for queue in aws_sqs_queue.this : queue.arn]
  }]
}

output "sources" {
  description = "What PATCHBAY_SOURCES is for the function: which queue's messages go to which destination."
  value       = join(",", [for destination, queue in aws_sqs_queue.this : "sqs:${queue.name}=${destination}"])
}
