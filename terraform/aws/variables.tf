variable "region" {
  description = "AWS region, such as eu-central-1."
  type        = string
}

variable "name" {
  description = "What the names of everything begin with."
  type        = string
  default     = "patchbay"
}

variable "package" {
  description = "The function as a zip file, which \"make lambda\" makes."
  type        = string
  default     = "../../bin/function.zip"
}

variable "stage" {
  description = "Name of the WebSocket API's stage, which is the path of its URL."
  type        = string
  default     = "prod"
}

variable "response_mode" {
  description = "How the function behind the function URL answers, BUFFERED or RESPONSE_STREAM."
  type        = string
  default     = "RESPONSE_STREAM"
}

variable "function_url_auth" {
  description = "Who may call the function URL: AWS_IAM who signs, NONE everybody; OFF for no function URL."
  type        = string
  default     = "AWS_IAM"
}

variable "allowed_origins" {
  description = "Pages of other origins that may call with cookies, such as https://shop.example."
  type        = list(string)
  default     = []
}

variable "log_level" {
  description = "Of which weight the functions log, DEBUG, INFO, WARN or ERROR; INFO is a line for each request."
  type        = string
  default     = "INFO"
}

variable "log_retention_days" {
  description = "How many days logs are kept."
  type        = number
  default     = 30
}

variable "reserved_concurrency" {
  description = "How many invocations of each function may run at once; -1 for as many as the account allows."
  type        = number
  default     = -1
}

variable "alarm_topic_arn" {
  description = "SNS topic that alarms are sent to; empty for no alarms."
  type        = string
  default     = ""
}

variable "ingest" {
  description = "Destinations that have an SQS queue whose messages are published."
  type        = set(string)
  default     = []
}

variable "websocket_access_logs" {
  description = "Whether the WebSocket API logs access. Only where the account has a role for API Gateway's logs."
  type        = bool
  default     = false
}

variable "domain_name" {
  description = "Domain of your own for the HTTP API, such as chat.example.org; the WebSocket API is at ws. of it. Empty for none."
  type        = string
  default     = ""
}

variable "certificate_arn" {
  description = "ACM certificate for domain_name and ws. of it, in this region."
  type        = string
  default     = ""
}

variable "deletion_protection" {
  description = "Whether DynamoDB refuses to delete the table."
  type        = bool
  default     = true
}
