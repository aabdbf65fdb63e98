output "url" {
  description = "Where the service answers."
  value       = google_cloud_run_v2_service.this.uri
}

output "account" {
  description = "E-mail address of the service's account."
  value       = google_service_account.this.email
}
