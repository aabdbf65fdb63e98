variable "project" {
  description = "Id of the Google Cloud project."
  type        = string
}

variable "region" {
  description = "Region, such as europe-west1."
  type        = string
}

variable "name" {
  description = "Name of the service, its account and its repository of images."
  type        = string
  default     = "patchbay"
}

variable "image" {
  description = "The container image, such as europe-west1-docker.pkg.dev/PROJECT/patchbay/chat:1."
  type        = string
}

variable "public" {
  description = "Whether everybody may call; otherwise who has roles/run.invoker, by a token of Google's."
  type        = bool
  default     = false
}

variable "ingress" {
  description = "From where: INGRESS_TRAFFIC_ALL, INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER or INGRESS_TRAFFIC_INTERNAL_ONLY."
  type        = string
  default     = "INGRESS_TRAFFIC_ALL"
}

variable "allowed_origins" {
  description = "Pages of other origins that may call with cookies, such as https://shop.example."
  type        = list(string)
  default     = []
}

variable "database" {
  description = "Id of the Firestore database."
  type        = string
  default     = "patchbay"
}

variable "database_location" {
  description = "Region or multi-region of the database; the service's region unless given."
  type        = string
  default     = null
}

variable "ingest" {
  description = "Destinations that have a Pub/Sub topic whose messages are published."
  type        = set(string)
  default     = []

  # Cloud Run hands a token that it has checked itself on without its signature, and the program believes none without.
  validation {
    condition     = length(var.ingest) == 0 || var.public
    error_message = "With ingest, public must be true: the program checks the tokens of pushes itself, and a private service would hand them on without their signature."
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

variable "notification_channels" {
  description = "Names of the channels of Cloud Monitoring that alerts go to; empty for no alerts."
  type        = list(string)
  default     = []
}

variable "deletion_protection" {
  description = "Whether Firestore refuses to delete the database."
  type        = bool
  default     = true
}
