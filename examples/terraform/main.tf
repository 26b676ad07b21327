# Four roles that GitHub Actions may assume, in the four ways in which repositories write them.
# `oidc-enforcer trust --policy examples/terraform --repo acme/app` judges them without Terraform.

terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

resource "aws_iam_openid_connect_provider" "github" {
  url            = "https://${local.issuer}"
  client_id_list = ["sts.amazonaws.com"]
}

locals {
  issuer       = "token.actions.githubusercontent.com"
  repository   = "repo:${var.org}/${var.repo}"
  provider_arn = "arn:${data.aws_partition.current.partition}:iam::${data.aws_caller_identity.current.account_id}:oidc-provider/${local.issuer}"
}

# 1. A policy document: one environment.
data "aws_iam_policy_document" "production" {
  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]

    principals {
      type        = "Federated"
      identifiers = [aws_iam_openid_connect_provider.github.arn]
    }

    condition {
      test     = "StringEquals"
      variable = "${aws_iam_openid_connect_provider.github.url}:aud"
      values   = ["sts.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "${aws_iam_openid_connect_provider.github.url}:sub"
      values   = ["${local.repository}:environment:production"]
    }
  }
}

resource "aws_iam_role" "production" {
  name               = "app-production"
  assume_role_policy = data.aws_iam_policy_document.production.json
}

# 2. A heredoc: every branch, tag, environment and pull request. Most blog posts give this one.
resource "aws_iam_role" "wide" {
  name = "app-wide"

  assume_role_policy = <<-POLICY
    {
      "Version": "2012-10-17",
      "Statement": [
        {
          "Effect": "Allow",
          "Principal": { "Federated": "${local.provider_arn}" },
          "Action": "sts:AssumeRoleWithWebIdentity",
          "Condition": {
            "StringEquals": { "${local.issuer}:aud": "sts.amazonaws.com" },
            "StringLike": { "${local.issuer}:sub": "${local.repository}:*" }
          }
        }
      ]
    }
  POLICY
}

# 3. jsonencode: some branches.
resource "aws_iam_role" "branches" {
  name = "app-branches"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect    = "Allow"
        Action    = "sts:AssumeRoleWithWebIdentity"
        Principal = { Federated = aws_iam_openid_connect_provider.github.arn }
        Condition = {
          StringEquals = {
            "${local.issuer}:aud" = "sts.amazonaws.com"
            "${local.issuer}:sub" = [for branch in var.branches : format("%s:ref:refs/heads/%s", local.repository, branch)]
          }
        }
      }
    ]
  })
}

# 4. A module: one role for each of several repositories.
module "repository" {
  source   = "./modules/github-role"
  for_each = { app = "v*", api = "release-*" }

  name         = "tags-${each.key}"
  provider_arn = aws_iam_openid_connect_provider.github.arn
  subjects     = ["repo:${var.org}/${each.key}:ref:refs/tags/${each.value}"]
}
