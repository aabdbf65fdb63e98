# A topic for each destination whose messages a service publishes: Pub/Sub pushes them there, signed as an account that may do nothing else.
# What the service refuses for a quarter of an hour ends in a topic for dead letters.
resource "google_pubsub_topic" "this" {
  for_each = var.destinations
  project  = var.project
  name     = "${var.name}-${each.key}"
}

resource "google_pubsub_subscription" "push" {
  for_each                   = var.destinations
  project                    = var.project
  name                       = "${var.name}-${each.key}-push"
  topic                      = google_pubsub_topic.this[each.key].id
  ack_deadline_seconds       = 60
  message_retention_duration = "604800s"
  enable_message_ordering    = true

  expiration_policy {
    ttl = "" # never
  }

  push_config {
    push_endpoint = "${var.url}/push/${each.key}"

    oidc_token {
      service_account_email = google_service_account.push[0].email
      audience              = var.audience
    }
  }

  retry_policy {
    minimum_backoff = "1s"
    maximum_backoff = "60s"
  }

  dead_letter_policy {
    dead_letter_topic     = google_pubsub_topic.dead[each.key].id
    max_delivery_attempts = 20 # by the retry policy a quarter of an hour; five would be over before a short failure is
  }

  depends_on = [google_service_account_iam_member.token]
}

resource "google_pubsub_topic" "dead" {
  for_each = var.destinations
  project  = var.project
  name     = "${var.name}-${each.key}-dead"
}

# A topic without a subscription keeps nothing.
resource "google_pubsub_subscription" "dead" {
  for_each                   = var.destinations
  project                    = var.project
  name                       = "${var.name}-${each.key}-dead"
  topic                      = google_pubsub_topic.dead[each.key].id
  message_retention_duration = "2678400s" # 31 days, the longest there is

  expiration_policy {
    ttl = ""
  }
}

# ---- Who pushes, and what Pub/Sub itself has to be allowed.

resource "google_service_account" "push" {
  count        = local.any
  project      = var.project
  account_id   = "${var.name}-push"
  display_name = "Pub/Sub's pushes to ${var.name}"
}

data "google_project" "this" {
  count      = local.any
  project_id = var.project
}

locals {
  any   = length(var.destinations) > 0 ? 1 : 0
  agent = local.any == 0 ? "" : "serviceAccount:service-${one(data.google_project.this[*].number)}@gcp-sa-pubsub.iam.gserviceaccount.com"
}

resource "google_service_account_iam_member" "token" {
  count              = local.any
  service_account_id = google_service_account.push[0].name
  role               = "roles/iam.serviceAccountTokenCreator"
  member             = local.agent
}

resource "google_pubsub_topic_iam_member" "dead" {
  for_each = var.destinations
  project  = var.project
  topic    = google_pubsub_topic.dead[each.key].name
  role     = "roles/pubsub.publisher"
  member   = local.agent
}

resource "google_pubsub_subscription_iam_member" "push" {
  for_each     = var.destinations
  project      = var.project
  subscription = google_pubsub_subscription.push[each.key].name
  role         = "roles/pubsub.subscriber"
  member       = local.agent
}

# ---- An alert, where somebody is to be told.

resource "google_monitoring_alert_policy" "dead" {
  for_each              = length(var.notification_channels) > 0 ? var.destinations : toset([])
  project               = var.project
  display_name          = "${var.name}-${each.key}: dead letters"
  combiner              = "OR"
  notification_channels = var.notification_channels

  conditions {
    display_name = "Messages could not be published"

    condition_threshold {
      filter          = "resource.type = \"pubsub_subscription\" AND resource.labels.subscription_id = \"${google_pubsub_subscription.dead[each.key].name}\" AND metric.type = \"pubsub.googleapis.com/subscription/num_undelivered_messages\""
      comparison      = "COMPARISON_GT"
      threshold_value = 0
      duration        = "0s"

      aggregations {
        alignment_period   = "60s"
        per_series_aligner = "ALIGN_MAX"
      }
    }
  }
}
