# Patchbay as a service of Cloud Run, with an account of its own that may use one database.
resource "google_service_account" "this" {
  project      = var.project
  account_id   = var.name
  display_name = "Patchbay's service ${var.name}"
}

resource "google_project_iam_member" "store" {
  project = var.project
  role    = "roles/datastore.user"
  member  = google_service_account.this.member

  condition {
    title      = "${var.name}-database"
    expression = "resource.name == \"projects/${var.project}/databases/${var.database}\""
  }
}

resource "google_cloud_run_v2_service" "this" {
  project             = var.project
  name                = var.name
  location            = var.location
  ingress             = var.ingress
  custom_audiences    = var.audiences
  deletion_protection = false # nothing is kept here

  template {
    service_account                  = google_service_account.this.email
    timeout                          = "${var.timeout}s"
    max_instance_request_concurrency = var.concurrency
    session_affinity                 = true # who waits or listens is found again sooner; nothing depends on it

    scaling {
      min_instance_count = var.min_instances
      max_instance_count = var.max_instances
    }

    containers {
      image = var.image

      # HTTP/1.1, and not h2c from end to end: WebSockets need it.
      ports {
        name           = "http1"
        container_port = 8080
      }

      resources {
        limits = {
          cpu    = var.cpu
          memory = var.memory
        }
        cpu_idle          = true # CPU, and its price, while there is a request; the provider's default is otherwise where limits are set
        startup_cpu_boost = true
      }

      dynamic "env" {
        for_each = var.environment
        content {
          name  = env.key
          value = env.value
        }
      }

      # Not before the store answers.
      startup_probe {
        period_seconds    = 1
        timeout_seconds   = 1
        failure_threshold = 60

        http_get {
          path = "/readyz"
        }
      }

      liveness_probe {
        period_seconds    = 10
        timeout_seconds   = 2
        failure_threshold = 3

        http_get {
          path = "/livez"
        }
      }
    }
  }

  depends_on = [google_project_iam_member.store]
}

resource "google_cloud_run_v2_service_iam_member" "invoker" {
  for_each = var.invokers
  project  = var.project
  location = google_cloud_run_v2_service.this.location
  name     = google_cloud_run_v2_service.this.name
  role     = "roles/run.invoker"
  member   = each.value
}

# ---- Alerts, where somebody is to be told.

resource "google_monitoring_alert_policy" "failures" {
  count                 = length(var.notification_channels) > 0 ? 1 : 0
  project               = var.project
  display_name          = "${var.name}: errors"
  combiner              = "OR"
  notification_channels = var.notification_channels

  conditions {
    display_name = "More than one answer in a second has a status of 5xx"

    condition_threshold {
      filter          = "resource.type = \"cloud_run_revision\" AND resource.labels.service_name = \"${var.name}\" AND metric.type = \"run.googleapis.com/request_count\" AND metric.labels.response_code_class = \"5xx\""
      comparison      = "COMPARISON_GT"
      threshold_value = 1
      duration        = "300s"

      aggregations {
        alignment_period     = "60s"
        per_series_aligner   = "ALIGN_RATE"
        cross_series_reducer = "REDUCE_SUM"
      }
    }
  }
}

resource "google_monitoring_alert_policy" "full" {
  count                 = length(var.notification_channels) > 0 ? 1 : 0
  project               = var.project
  display_name          = "${var.name}: instances"
  combiner              = "OR"
  notification_channels = var.notification_channels

  conditions {
    display_name = "Nine in ten of the instances that there may be are there"

    condition_threshold {
      filter          = "resource.type = \"cloud_run_revision\" AND resource.labels.service_name = \"${var.name}\" AND metric.type = \"run.googleapis.com/container/instance_count\""
      comparison      = "COMPARISON_GT"
      threshold_value = 0.9 * var.max_instances
      duration        = "300s"

      aggregations {
        alignment_period     = "60s"
        per_series_aligner   = "ALIGN_MAX"
        cross_series_reducer = "REDUCE_SUM"
      }
    }
  }
}
