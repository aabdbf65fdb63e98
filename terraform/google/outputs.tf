output "url" {
  description = "Where pages, AMF, JSON-RPC and WebSockets are."
  value       = module.chat.url
}

output "repository" {
  description = "Where images are pushed."
  value       = "${var.region}-docker.pkg.dev/${var.project}/${google_artifact_registry_repository.this.repository_id}"
}

output "database" {
  description = "The database, which stays."
  value       = module.store.name
}

output "topics" {
  description = "Where messages to be published are sent, by destination."
  value       = module.pubsub.topics
}
