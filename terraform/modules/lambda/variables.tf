variable "name" {
  description = "Name of the function, its role and its alarms."
  type        = string
}

variable "package" {
  description = "Path of the zip file with the program, which is called bootstrap: \"make lambda\" makes bin/function.zip of the example."
  type        = string
}

variable "environment" {
  description = "Variables of the program, such as PATCHBAY_STORE. PATCHBAY_RESPONSE_MODE is set by response_mode."
  type        = map(string)
  default     = {}
}

variable "statements" {
  description = "What the function may do besides writing logs and traces."
  type        = list(object({ actions = list(string), resources = list(string) }))
  default     = []

  validation {
    condition     = alltrue([for s in var.statements : !anytrue([for text in concat(s.actions, s.resources) : text == "*"])])
    error_message = "Neither all actions nor all resources are granted here."
  }
}

variable "response_mode" {
  description = "How the function answers: BUFFERED behind APIs and queues; RESPONSE_STREAM behind its URL, for AMF's streaming channel and server-sent events."
  type        = string
  default     = "BUFFERED"

  validation {
    condition     = contains(["BUFFERED", "RESPONSE_STREAM"], var.response_mode)
    error_message = "BUFFERED or RESPONSE_STREAM."
  }
}

variable "function_url_auth" {
  description = "Who may call the function's URL: AWS_IAM who signs, NONE everybody; OFF for no URL."
  type        = string
  default     = "OFF"

  validation {
    condition     = contains(["AWS_IAM", "NONE", "OFF"], var.function_url_auth)
    error_message = "AWS_IAM, NONE or OFF."
  }
}

variable "sweep" {
  description = "Whether the function is invoked each minute to sweep. One function of a store has to be."
  type        = bool
  default     = false
}

variable "memory_size" {
  description = "Memory in MB, by which Lambda also gives CPU."
  type        = number
  default     = 256

  validation {
    condition     = var.memory_size >= 128 && var.memory_size <= 10240
    error_message = "128 to 10240 MB."
  }
}

variable "timeout" {
  description = "How many seconds an invocation may take. An API waits for 29."
  type        = number
  default     = 29

  validation {
    condition     = var.timeout >= 1 && var.timeout <= 900
    error_message = "1 to 900 seconds."
  }
}

variable "reserved_concurrency" {
  description = "How many invocations may run at once; -1 for as many as the account allows."
  type        = number
  default     = -1
}

variable "log_level" {
  description = "Of which weight the function logs, DEBUG, INFO, WARN or ERROR; INFO is a line for each request."
  type        = string
  default     = "INFO"
}

variable "log_retention_days" {
  description = "How many days logs are kept."
  type        = number
  default     = 30
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
