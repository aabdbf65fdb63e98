mock_provider "google" {
  mock_resource "google_service_account" {
    defaults = {
      name   = "projects/demo/serviceAccounts/patchbay-push@demo.iam.gserviceaccount.com"
      email  = "patchbay-push@demo.iam.gserviceaccount.com"
      member = "serviceAccount:patchbay-push@demo.iam.gserviceaccount.com"
    }
  }
  mock_data "google_project" {
    defaults = {
      number = "123"
    }
  }
}

variables {
  project               = "demo"
  name                  = "patchbay"
  destinations          = ["messages"]
  url                   = "https://patchbay-abc.a.run.app"
  audience              = "patchbay"
  notification_channels = ["projects/demo/notificationChannels/1"]
}

run "push" {
  assert {
    condition     = one(google_pubsub_subscription.push["messages"].push_config).push_endpoint == "https://patchbay-abc.a.run.app/push/messages"
    error_message = "Messages are pushed elsewhere."
  }

  assert {
    condition     = one(one(google_pubsub_subscription.push["messages"].push_config).oidc_token).audience == "patchbay" && one(one(google_pubsub_subscription.push["messages"].push_config).oidc_token).service_account_email == google_service_account.push[0].email
    error_message = "Pushes are not signed, or for somebody else."
  }

  assert {
    condition     = one(google_pubsub_subscription.push["messages"].dead_letter_policy).dead_letter_topic == google_pubsub_topic.dead["messages"].id
    error_message = "Messages that cannot be published come again for ever."
  }

  assert {
    condition     = one(google_pubsub_subscription.push["messages"].dead_letter_policy).max_delivery_attempts >= 20
    error_message = "A minute without a database makes dead letters of everything."
  }

  assert {
    condition     = google_pubsub_subscription.dead["messages"].topic == google_pubsub_topic.dead["messages"].id
    error_message = "Dead letters are kept nowhere."
  }

  assert {
    condition = alltrue([for member in [
      google_service_account_iam_member.token[0].member,
      google_pubsub_topic_iam_member.dead["messages"].member,
      google_pubsub_subscription_iam_member.push["messages"].member,
    ] : member == "serviceAccount:service-123@gcp-sa-pubsub.iam.gserviceaccount.com"])
    error_message = "Pub/Sub may not do its work."
  }

  assert {
    condition     = length(google_monitoring_alert_policy.dead) == 1
    error_message = "Nobody hears of dead letters."
  }
}

run "none" {
  variables {
    destinations = []
  }

  assert {
    condition     = length(output.topics) == 0 && output.account == null && output.member == null
    error_message = "There is something without a destination."
  }
}

run "refuses_no_audience" {
  command = plan

  variables {
    audience = ""
  }

  expect_failures = [var.audience]
}
