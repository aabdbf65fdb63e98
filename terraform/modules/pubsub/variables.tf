variable "project" {
  description = "Id of the Google Cloud project."
  type        = string
}

variable "name" {
  description = "What the names of topics and subscriptions begin with."
  type        = string
}

variable "destinations" {
  description = "The destinations that have a topic. Empty for none."
  type        = set(string)
}

variable "url" {
  description = "The service's URL. Messages of a destination are pushed to /push/DESTINATION."
  type        = string
}

variable "audience" {
  description = "Whom the tokens of pushes are for. The service has to expect the same."
  type        = string

  validation {
    condition     = var.audience != ""
    error_message = "Without an audience the tokens would be for anybody."
  }
}

variable "notification_channels" {
  description = "Names of the channels of Cloud Monitoring that alerts go to; empty for no alerts."
  type        = list(string)
  default     = []
}
