"""Trust policies out of infrastructure code: Terraform, its plans and states, CloudFormation.

Nothing is run and nothing fetched. What cannot be told from the code alone is `Unknown`, with the
expression that could not be resolved and its line, and makes a policy unavailable, never empty.
"""
