# The database of stores/firestore. It outlives everything else: Terraform refuses to destroy it, and so does Firestore.
resource "google_firestore_database" "this" {
  project                           = var.project
  name                              = var.name
  location_id                       = var.location
  type                              = "FIRESTORE_NATIVE"
  point_in_time_recovery_enablement = "POINT_IN_TIME_RECOVERY_ENABLED"
  delete_protection_state           = var.deletion_protection ? "DELETE_PROTECTION_ENABLED" : "DELETE_PROTECTION_DISABLED"

  lifecycle {
    prevent_destroy = true
  }
}

locals {
  # The fields of a document. None needs an index, and an index on what rises with time bounds writes to about 500 a second.
  fields = ["body", "mark", "expires", "ttl"]
}

resource "google_firestore_field" "this" {
  for_each   = toset(local.fields)
  project    = var.project
  database   = google_firestore_database.this.name
  collection = "items"
  field      = each.key

  index_config {}

  # What has expired is removed by this field.
  dynamic "ttl_config" {
    for_each = each.key == "ttl" ? [1] : []
    content {}
  }
}
