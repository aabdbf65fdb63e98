# Planned and not applied: what Terraform may not destroy it could not clean up either.
mock_provider "google" {
  mock_resource "google_service_account" {
    override_during = plan
    defaults = {
      name   = "projects/demo/serviceAccounts/patchbay-push@demo.iam.gserviceaccount.com"
      email  = "patchbay-push@demo.iam.gserviceaccount.com"
      member = "serviceAccount:patchbay-push@demo.iam.gserviceaccount.com"
    }
  }
  mock_resource "google_cloud_run_v2_service" {
    override_during = plan
    defaults = {
      uri = "https://patchbay-abc.a.run.app"
    }
  }
}

variables {
  project = "demo"
  region  = "europe-west1"
  image   = "europe-west1-docker.pkg.dev/demo/patchbay/chat:1"
}

run "as_it_comes" {
  command = plan

  assert {
    condition     = output.url == "https://patchbay-abc.a.run.app" && output.database == "patchbay" && output.repository == "europe-west1-docker.pkg.dev/demo/patchbay"
    error_message = "It is elsewhere."
  }

  assert {
    condition     = length(output.topics) == 0 && length(local.push) == 0
    error_message = "There are topics that nobody wanted."
  }

  assert {
    condition     = length(local.proxies) == 0
    error_message = "Callers say by themselves who they are."
  }
}

run "behind_a_load_balancer" {
  command = plan

  variables {
    ingress = "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER"
  }

  assert {
    condition     = local.proxies == tomap({ PATCHBAY_PROXIES = "2" })
    error_message = "All callers have the load balancer's address."
  }
}

run "with_pubsub" {
  command = plan

  variables {
    ingest = ["messages"]
    public = true
  }

  assert {
    condition     = keys(output.topics) == ["messages"]
    error_message = "The destination has no topic."
  }

  assert {
    condition     = local.push == tomap({ PATCHBAY_PUSH = "messages", PATCHBAY_PUSH_ACCOUNT = "patchbay-push@demo.iam.gserviceaccount.com", PATCHBAY_PUSH_AUDIENCE = "patchbay-push" })
    error_message = "The service is not told whose pushes to believe."
  }
}

run "pushes_to_a_private_service" {
  command = plan

  variables {
    ingest = ["messages"]
  }

  expect_failures = [var.ingest]
}
