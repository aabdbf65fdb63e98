# Patchbay's chat as two functions on one table: one behind an HTTP API and a WebSocket API, and one that streams behind a function URL. It is
# what template.yaml makes with SAM; docs/deploy-aws.md has every command.

module "store" {
  source              = "../modules/store"
  name                = var.name
  deletion_protection = var.deletion_protection
}

locals {
  environment = {
    PATCHBAY_STORE                           = module.store.url
    PATCHBAY_ORIGINS                         = join(",", var.allowed_origins)
    AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI = module.websocket.callback
  }
  statements = [module.store.statement, module.websocket.statement]
  has_domain = var.domain_name != ""
}

module "chat" {
  source               = "../modules/lambda"
  name                 = "${var.name}-chat"
  package              = var.package
  environment          = merge(local.environment, { PATCHBAY_SOURCES = module.ingest.sources })
  statements           = concat(local.statements, module.ingest.statements)
  sweep                = true
  reserved_concurrency = var.reserved_concurrency
  log_level            = var.log_level
  log_retention_days   = var.log_retention_days
  alarm_topic_arn      = var.alarm_topic_arn
}

module "stream" {
  source               = "../modules/lambda"
  count                = var.function_url_auth == "OFF" ? 0 : 1
  name                 = "${var.name}-stream"
  package              = var.package
  environment          = local.environment
  statements           = local.statements
  response_mode        = var.response_mode
  function_url_auth    = var.function_url_auth
  timeout              = 300 # how long a stream lasts before its client opens it anew; each second is paid for
  reserved_concurrency = var.reserved_concurrency
  log_level            = var.log_level
  log_retention_days   = var.log_retention_days
  alarm_topic_arn      = var.alarm_topic_arn
}

module "httpapi" {
  source             = "../modules/httpapi"
  name               = "${var.name}-http"
  function_name      = module.chat.name
  invoke_arn         = module.chat.invoke_arn
  allowed_origins    = var.allowed_origins
  log_retention_days = var.log_retention_days
  alarm_topic_arn    = var.alarm_topic_arn
  domain_name        = var.domain_name
  certificate_arn    = var.certificate_arn
}

# API Gateway has no domain for both kinds of API.
module "websocket" {
  source             = "../modules/websocket"
  name               = "${var.name}-websocket"
  stage              = var.stage
  function_name      = module.chat.name
  invoke_arn         = module.chat.invoke_arn
  access_logs        = var.websocket_access_logs
  log_retention_days = var.log_retention_days
  alarm_topic_arn    = var.alarm_topic_arn
  domain_name        = local.has_domain ? "ws.${var.domain_name}" : ""
  certificate_arn    = var.certificate_arn
}

module "ingest" {
  source          = "../modules/ingest"
  name            = var.name
  destinations    = var.ingest
  function_name   = module.chat.arn
  alarm_topic_arn = var.alarm_topic_arn
}
