# Planned and not applied: what Terraform may not destroy it could not clean up either.
mock_provider "google" {}

variables {
  project  = "demo"
  name     = "patchbay"
  location = "europe-west1"
}

run "database" {
  command = plan

  assert {
    condition     = google_firestore_database.this.type == "FIRESTORE_NATIVE"
    error_message = "The driver knows native mode alone."
  }

  assert {
    condition     = google_firestore_database.this.delete_protection_state == "DELETE_PROTECTION_ENABLED" && google_firestore_database.this.point_in_time_recovery_enablement == "POINT_IN_TIME_RECOVERY_ENABLED"
    error_message = "The database is not protected, or has no backups."
  }

  assert {
    condition     = toset([for f in google_firestore_field.this : f.field]) == toset(["body", "mark", "expires", "ttl"])
    error_message = "Some field has an index."
  }

  assert {
    condition     = alltrue([for f in google_firestore_field.this : f.collection == "items" && length(f.index_config) == 1 && length(f.index_config[0].indexes) == 0])
    error_message = "Some field has an index."
  }

  assert {
    condition     = [for f in google_firestore_field.this : f.field if length(f.ttl_config) > 0] == ["ttl"]
    error_message = "What has expired is kept for ever, or removed by another field."
  }

  assert {
    condition     = output.url == "firestore://demo/patchbay"
    error_message = "Programs are told of another database."
  }
}

run "refuses_a_name" {
  command = plan

  variables {
    name = "Patchbay"
  }

  expect_failures = [var.name]
}
