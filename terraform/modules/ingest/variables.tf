variable "name" {
  description = "What the names of the queues begin with."
  type        = string
}

variable "destinations" {
  description = "The destinations that have a queue. Empty for none."
  type        = set(string)
}

variable "function_name" {
  description = "Name or ARN of the function."
  type        = string
}

variable "function_timeout" {
  description = "The function's timeout in seconds."
  type        = number
  default     = 29
}

variable "alarm_topic_arn" {
  description = "SNS topic that alarms are sent to; empty for no alarms."
  type        = string
  default     = ""
}

variable "tags" {
  description = "Tags of all that is made here."
  type        = map(string)
  default     = {}
}
