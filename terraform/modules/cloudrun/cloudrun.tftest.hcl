mock_provider "google" {
  mock_resource "google_service_account" {
    defaults = {
      name   = "projects/demo/serviceAccounts/patchbay@demo.iam.gserviceaccount.com"
      email  = "patchbay@demo.iam.gserviceaccount.com"
      member = "serviceAccount:patchbay@demo.iam.gserviceaccount.com"
    }
  }
}

variables {
  project     = "demo"
  name        = "patchbay"
  location    = "europe-west1"
  image       = "europe-west1-docker.pkg.dev/demo/patchbay/chat:1"
  database    = "patchbay"
  environment = { PATCHBAY_STORE = "firestore://demo/patchbay" }
}

run "service" {
  assert {
    condition     = one(google_cloud_run_v2_service.this.template).service_account == google_service_account.this.email
    error_message = "The service runs as somebody else."
  }

  assert {
    condition     = google_project_iam_member.store.role == "roles/datastore.user" && one(google_project_iam_member.store.condition).expression == "resource.name == \"projects/demo/databases/patchbay\""
    error_message = "The service may use other databases, or not its own."
  }

  assert {
    condition = alltrue([
      one(google_cloud_run_v2_service.this.template).timeout == "3600s",
      one(google_cloud_run_v2_service.this.template).max_instance_request_concurrency == 1000,
      one(google_cloud_run_v2_service.this.template).session_affinity,
      one(one(google_cloud_run_v2_service.this.template).scaling).max_instance_count == 10,
    ])
    error_message = "Streams are cut early, or there is no bound."
  }

  assert {
    condition     = one(one(google_cloud_run_v2_service.this.template).containers[0].resources).cpu_idle
    error_message = "Instances are paid for while nobody calls."
  }

  assert {
    condition     = one(one(google_cloud_run_v2_service.this.template).containers[0].ports).name == "http1"
    error_message = "HTTP/2 from end to end, which WebSockets do not go through."
  }

  assert {
    condition     = one(one(one(google_cloud_run_v2_service.this.template).containers[0].startup_probe).http_get).path == "/readyz"
    error_message = "Requests come before the store answers."
  }

  assert {
    condition     = one(one(one(google_cloud_run_v2_service.this.template).containers[0].liveness_probe).http_get).path == "/livez"
    error_message = "Nobody looks whether the process lives."
  }

  assert {
    condition     = tomap({ for e in one(google_cloud_run_v2_service.this.template).containers[0].env : e.name => e.value }) == tomap({ PATCHBAY_STORE = "firestore://demo/patchbay" })
    error_message = "The program is told something else."
  }

  assert {
    condition     = length(google_cloud_run_v2_service_iam_member.invoker) == 0
    error_message = "Somebody may call unless told so."
  }

  assert {
    condition     = length(google_monitoring_alert_policy.failures) + length(google_monitoring_alert_policy.full) == 0
    error_message = "There are alerts that nobody gets."
  }
}

run "with_callers_and_alerts" {
  variables {
    invokers              = { everybody = "allUsers" }
    notification_channels = ["projects/demo/notificationChannels/1"]
  }

  assert {
    condition     = google_cloud_run_v2_service_iam_member.invoker["everybody"].role == "roles/run.invoker" && google_cloud_run_v2_service_iam_member.invoker["everybody"].member == "allUsers"
    error_message = "Who may call may not."
  }

  assert {
    condition     = strcontains(google_monitoring_alert_policy.failures[0].conditions[0].condition_threshold[0].filter, "5xx") && google_monitoring_alert_policy.full[0].conditions[0].condition_threshold[0].threshold_value == 9
    error_message = "Nobody hears of errors."
  }
}

run "refuses_what_there_is_not" {
  command = plan

  variables {
    name        = "chat"
    timeout     = 7200
    concurrency = 2000
    ingress     = "all"
  }

  expect_failures = [var.name, var.timeout, var.concurrency, var.ingress]
}
