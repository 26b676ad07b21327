"""The edge to AWS: asks IAM for roles and providers, and STS for a session.

AWS is called only where a run was told to. Credentials come from where every AWS program finds
them (environment, profile, IAM Identity Center, container, instance); none is ever an argument.
"""

from oidc_enforcer.aws.access import Access, Aws
from oidc_enforcer.aws.reading import account, named_roles
from oidc_enforcer.aws.web_identity import web_identity_access

__all__ = ["Access", "Aws", "account", "named_roles", "web_identity_access"]
