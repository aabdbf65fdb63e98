output "http_api_url" {
  description = "Where pages, AMF and JSON-RPC are."
  value       = module.httpapi.url
}

output "websocket_url" {
  description = "Where JSON-RPC over a WebSocket is."
  value       = module.websocket.url
}

output "function_url" {
  description = "Where streams are, null without a function URL."
  value       = one(module.stream[*].url)
}

output "table_name" {
  description = "The table, which stays."
  value       = module.store.name
}

output "queue_urls" {
  description = "Where messages to be published are sent, by destination."
  value       = module.ingest.urls
}

output "http_domain_target" {
  description = "What domain_name has to be a CNAME of, null without one."
  value       = module.httpapi.domain_target
}

output "websocket_domain_target" {
  description = "What ws. of domain_name has to be a CNAME of, null without one."
  value       = module.websocket.domain_target
}
