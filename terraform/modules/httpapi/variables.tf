variable "name" {
  description = "Name of the API."
  type        = string
}

variable "function_name" {
  description = "Name of the function."
  type        = string
}

variable "invoke_arn" {
  description = "What the API calls: the function's invoke_arn."
  type        = string
}

variable "allowed_origins" {
  description = "Pages of other origins that may call with cookies, such as https://shop.example. The function has to know them too: PATCHBAY_ORIGINS."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for o in var.allowed_origins : can(regex("^https?://[^*,/\\s]+$", o))])
    error_message = "An origin is https:// and a host, nothing behind it and no star."
  }
}

variable "rate_limit" {
  description = "How many requests a second the API lets through."
  type        = number
  default     = 500
}

variable "burst_limit" {
  description = "How many of them may come at once."
  type        = number
  default     = 1000
}

variable "log_retention_days" {
  description = "How many days access logs are kept."
  type        = number
  default     = 30
}

variable "alarm_topic_arn" {
  description = "SNS topic that alarms are sent to; empty for no alarms."
  type        = string
  default     = ""
}

variable "domain_name" {
  description = "Domain of your own; empty for none."
  type        = string
  default     = ""
}

variable "certificate_arn" {
  description = "ACM certificate for domain_name, in the same region."
  type        = string
  default     = ""

  validation {
    condition     = (var.certificate_arn == "") == (var.domain_name == "")
    error_message = "A domain_name needs a certificate_arn, and the other way round."
  }
}

variable "tags" {
  description = "Tags of all that is made here."
  type        = map(string)
  default     = {}
}
