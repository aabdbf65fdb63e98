# Patchbay's chat on Cloud Run, with Firestore, and Pub/Sub where wanted. docs/deploy-google.md has every command.

resource "google_project_service" "this" {
  for_each = toset([
    "artifactregistry.googleapis.com",
    "firestore.googleapis.com",
    "iam.googleapis.com",
    "monitoring.googleapis.com",
    "pubsub.googleapis.com",
    "run.googleapis.com",
  ])
  project            = var.project
  service            = each.key
  disable_on_destroy = false # others may use it
}

resource "google_artifact_registry_repository" "this" {
  project       = var.project
  location      = var.region
  repository_id = var.name
  format        = "DOCKER"
  depends_on    = [google_project_service.this]

  cleanup_policies {
    id     = "keep-ten"
    action = "KEEP"

    most_recent_versions {
      keep_count = 10
    }
  }

  cleanup_policies {
    id     = "delete-old"
    action = "DELETE"

    condition {
      older_than = "2592000s"
    }
  }
}

module "store" {
  source              = "../modules/firestore"
  project             = var.project
  name                = var.database
  location            = coalesce(var.database_location, var.region)
  deletion_protection = var.deletion_protection
  depends_on          = [google_project_service.this]
}

locals {
  has_ingest = length(var.ingest) > 0
  audience   = "${var.name}-push" # whom pushes are for: a name, since the service's URL is known too late
  push = local.has_ingest ? {
    PATCHBAY_PUSH          = join(",", var.ingest)
    PATCHBAY_PUSH_ACCOUNT  = module.pubsub.account
    PATCHBAY_PUSH_AUDIENCE = local.audience
  } : {}

  # Whose address the program takes for the caller's: a load balancer writes down its own behind it.
  proxies = var.ingress == "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER" ? { PATCHBAY_PROXIES = "2" } : {}
}

module "chat" {
  source                = "../modules/cloudrun"
  project               = var.project
  name                  = var.name
  location              = var.region
  image                 = var.image
  database              = module.store.name
  min_instances         = var.min_instances
  max_instances         = var.max_instances
  ingress               = var.ingress
  audiences             = local.has_ingest ? [local.audience] : []
  notification_channels = var.notification_channels
  depends_on            = [google_project_service.this]

  environment = merge({
    PATCHBAY_STORE   = module.store.url
    PATCHBAY_ORIGINS = join(",", var.allowed_origins)
  }, local.push, local.proxies)

  invokers = merge(
    var.public ? { everybody = "allUsers" } : {},
    local.has_ingest ? { pubsub = module.pubsub.member } : {},
  )
}

module "pubsub" {
  source                = "../modules/pubsub"
  project               = var.project
  name                  = var.name
  destinations          = var.ingest
  url                   = module.chat.url
  audience              = local.audience
  notification_channels = var.notification_channels
}
