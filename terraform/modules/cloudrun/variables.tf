variable "project" {
  description = "Id of the Google Cloud project."
  type        = string
}

variable "name" {
  description = "Name of the service and id of its account."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.name))
    error_message = "The id of an account has 6 to 30 small letters, digits and hyphens."
  }
}

variable "location" {
  description = "Region, such as europe-west1."
  type        = string
}

variable "image" {
  description = "The container image."
  type        = string
}

variable "database" {
  description = "Id of the Firestore database that the service may use."
  type        = string
}

variable "environment" {
  description = "Variables of the program, such as PATCHBAY_STORE."
  type        = map(string)
  default     = {}
}

variable "invokers" {
  description = "Who may call the service by a token of Google's, by what they are for; {everybody = \"allUsers\"} for everybody."
  type        = map(string)
  default     = {}
}

variable "audiences" {
  description = "Whom such tokens may be for, besides the service's URL."
  type        = list(string)
  default     = []
}

variable "ingress" {
  description = "From where: INGRESS_TRAFFIC_ALL, INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER or INGRESS_TRAFFIC_INTERNAL_ONLY."
  type        = string
  default     = "INGRESS_TRAFFIC_ALL"

  validation {
    condition     = contains(["INGRESS_TRAFFIC_ALL", "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER", "INGRESS_TRAFFIC_INTERNAL_ONLY"], var.ingress)
    error_message = "INGRESS_TRAFFIC_ALL, INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER or INGRESS_TRAFFIC_INTERNAL_ONLY."
  }
}

variable "timeout" {
  description = "How many seconds a request may last, streams and WebSockets too."
  type        = number
  default     = 3600

  validation {
    condition     = var.timeout >= 1 && var.timeout <= 3600
    error_message = "1 to 3600 seconds."
  }
}

variable "concurrency" {
  description = "How many requests an instance takes at once; each that waits, stream and WebSocket is one."
  type        = number
  default     = 1000

  validation {
    condition     = var.concurrency >= 1 && var.concurrency <= 1000
    error_message = "1 to 1000 requests."
  }
}

variable "min_instances" {
  description = "How many instances there are while nobody calls."
  type        = number
  default     = 0
}

variable "max_instances" {
  description = "How many instances there may be."
  type        = number
  default     = 10
}

variable "cpu" {
  description = "CPUs of an instance."
  type        = string
  default     = "1"
}

variable "memory" {
  description = "Memory of an instance."
  type        = string
  default     = "512Mi"
}

variable "notification_channels" {
  description = "Names of the channels of Cloud Monitoring that alerts go to; empty for no alerts."
  type        = list(string)
  default     = []
}
