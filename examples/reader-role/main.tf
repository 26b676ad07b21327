# The role that the Action reads IAM with, in the account that the organisation runs it from.
#
# It serves the pull requests of every repository, so its trust cannot name one. It is tight all
# the same: the token must come from a job of the required workflow, whose file only its owners
# change, and from a repository of this organisation. The role can read, and nothing else.

terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }
}

variable "owner_id" {
  description = "The organisation's number, which nobody can register again: gh api orgs/ORG --jq .id"
  type        = string
  default     = "1234567"
}

variable "required_workflows" {
  description = "job_workflow_ref of the workflow that the ruleset requires: file and ref, exactly"
  type        = list(string)
  default     = ["acme/.github/.github/workflows/aws-oidc.yml@refs/heads/main"]
}

variable "reader_name" {
  description = "Name of the role in the other accounts (input aws-reader-role)"
  type        = string
  default     = "oidc-enforcer-reader"
}

data "aws_partition" "this" {}

resource "aws_iam_openid_connect_provider" "github" {
  url            = "https://token.actions.githubusercontent.com"
  client_id_list = ["sts.amazonaws.com"]
}

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]
    principals {
      type        = "Federated"
      identifiers = [aws_iam_openid_connect_provider.github.arn]
    }
    condition {
      test     = "StringEquals"
      variable = "token.actions.githubusercontent.com:aud"
      values   = ["sts.amazonaws.com"]
    }
    condition {
      test     = "StringEquals"
      variable = "token.actions.githubusercontent.com:job_workflow_ref"
      values   = var.required_workflows
    }
    condition {
      test     = "StringEquals"
      variable = "token.actions.githubusercontent.com:repository_owner_id"
      values   = [var.owner_id]
    }
  }
}

data "aws_iam_policy_document" "read" {
  statement {
    sid       = "ReadTrustPolicies"
    actions   = ["iam:GetRole", "iam:GetOpenIDConnectProvider", "iam:ListOpenIDConnectProviders"]
    resources = ["*"]
  }
  statement {
    sid       = "ReadTheOtherAccounts"
    actions   = ["sts:AssumeRole"]
    resources = ["arn:${data.aws_partition.this.partition}:iam::*:role/${var.reader_name}"]
  }
}

resource "aws_iam_role" "oidc_enforcer" {
  name                 = "oidc-enforcer"
  description          = "Read by the required workflow on pull requests of the organisation"
  assume_role_policy   = data.aws_iam_policy_document.trust.json
  max_session_duration = 3600
}

resource "aws_iam_role_policy" "read" {
  name   = "read-trust-policies"
  role   = aws_iam_role.oidc_enforcer.id
  policy = data.aws_iam_policy_document.read.json
}

output "aws_role_to_assume" {
  description = "For the input aws-role-to-assume"
  value       = aws_iam_role.oidc_enforcer.arn
}
