output "name" {
  description = "Id of the database."
  value       = google_firestore_database.this.name
}

output "url" {
  description = "What PATCHBAY_STORE is for a program that keeps its items here."
  value       = "firestore://${var.project}/${google_firestore_database.this.name}"
}
