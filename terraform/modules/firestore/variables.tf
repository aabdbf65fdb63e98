variable "project" {
  description = "Id of the Google Cloud project."
  type        = string
}

variable "name" {
  description = "Id of the database. Patchbay's settings hold for all collections named items in it, so it has one of its own."
  type        = string

  validation {
    condition     = var.name == "(default)" || can(regex("^[a-z][a-z0-9-]{2,61}[a-z0-9]$", var.name))
    error_message = "The id of a database has 4 to 63 small letters, digits and hyphens."
  }
}

variable "location" {
  description = "Region or multi-region of the database, such as europe-west1 or eur3. It cannot be changed."
  type        = string
}

variable "deletion_protection" {
  description = "Whether Firestore refuses to delete the database."
  type        = bool
  default     = true
}
