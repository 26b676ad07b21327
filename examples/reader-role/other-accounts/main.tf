# The role of the same name in every other account: it can be assumed by the first one alone.

terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }
}

variable "reader_arn" {
  description = "Output aws_role_to_assume of the first account"
  type        = string
  default     = "arn:aws:iam::123456789012:role/oidc-enforcer"
}

variable "reader_name" {
  description = "The same name in every account (input aws-reader-role)"
  type        = string
  default     = "oidc-enforcer-reader"
}

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "AWS"
      identifiers = [var.reader_arn]
    }
  }
}

data "aws_iam_policy_document" "read" {
  statement {
    sid       = "ReadTrustPolicies"
    actions   = ["iam:GetRole", "iam:GetOpenIDConnectProvider", "iam:ListOpenIDConnectProviders"]
    resources = ["*"]
  }
}

resource "aws_iam_role" "reader" {
  name                 = var.reader_name
  description          = "Lets oidc-enforcer read trust policies"
  assume_role_policy   = data.aws_iam_policy_document.trust.json
  max_session_duration = 3600
}

resource "aws_iam_role_policy" "read" {
  name   = "read-trust-policies"
  role   = aws_iam_role.reader.id
  policy = data.aws_iam_policy_document.read.json
}
