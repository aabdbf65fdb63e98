# Planned and not applied: what Terraform may not destroy it could not clean up either.
mock_provider "aws" {
  mock_resource "aws_dynamodb_table" {
    override_during = plan
    defaults = {
      arn = "arn:aws:dynamodb:eu-central-1:123456789012:table/patchbay-test"
    }
  }
}

variables {
  name = "patchbay-test"
}

run "table" {
  command = plan

  assert {
    condition     = aws_dynamodb_table.this.hash_key == "pk" && aws_dynamodb_table.this.range_key == "sk"
    error_message = "The keys are not those of the driver."
  }

  assert {
    condition     = toset([for a in aws_dynamodb_table.this.attribute : "${a.name} ${a.type}"]) == toset(["pk S", "sk S"])
    error_message = "The keys are no texts."
  }

  assert {
    condition     = one(aws_dynamodb_table.this.ttl).attribute_name == "ttl" && one(aws_dynamodb_table.this.ttl).enabled
    error_message = "What has expired is kept for ever."
  }

  assert {
    condition     = aws_dynamodb_table.this.billing_mode == "PAY_PER_REQUEST"
    error_message = "The table costs without being used."
  }

  assert {
    condition     = one(aws_dynamodb_table.this.point_in_time_recovery).enabled && one(aws_dynamodb_table.this.server_side_encryption).enabled
    error_message = "The table has no backups, or is not encrypted."
  }

  assert {
    condition     = aws_dynamodb_table.this.deletion_protection_enabled
    error_message = "The table is not protected unless told so."
  }

  assert {
    condition     = output.url == "dynamodb://patchbay-test"
    error_message = "Functions are told of another table."
  }

  assert {
    condition     = output.statement.resources == ["arn:aws:dynamodb:eu-central-1:123456789012:table/patchbay-test"]
    error_message = "Functions may use more than the table."
  }
}

run "refuses_a_name" {
  command = plan

  variables {
    name = "no spaces"
  }

  expect_failures = [var.name]
}
