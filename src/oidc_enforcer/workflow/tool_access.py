"""Access that the commands of a script give without a key pair."""

from __future__ import annotations

from oidc_enforcer import shell
from oidc_enforcer.records import NamedTuple
from oidc_enforcer.workflow.credentials import Kind


class Access(NamedTuple):
    """Access that a command or a broker gives: its class if it is AWS access, and a description."""

    kind: Kind | None
    what: str
    needs_token: bool = False


_TOOLS: dict[shell.Tool, Access] = {
    shell.Tool.AWS_SSO_LOGIN: Access(Kind.HUMAN, "IAM Identity Center login of a person"),
    shell.Tool.SAML2AWS: Access(Kind.HUMAN, "SAML login of a person"),
    shell.Tool.AWS_VAULT: Access(Kind.HUMAN, "aws-vault, a keyring for people"),
    shell.Tool.HUMAN_LOGIN: Access(Kind.HUMAN, "login of a person"),
    shell.Tool.STS_WEB_IDENTITY: Access(Kind.OIDC, "assumes a role by OIDC", needs_token=True),
    shell.Tool.ID_TOKEN_REQUEST: Access(None, "asks for an OIDC token", needs_token=True),
    shell.Tool.SIGNING_HELPER: Access(Kind.ROLES_ANYWHERE, "IAM Roles Anywhere"),
    shell.Tool.CREDENTIAL_PROCESS: Access(Kind.UNKNOWN, "a program that hands out credentials"),
    shell.Tool.VAULT_AWS_CREDS: Access(Kind.BROKERED, "Vault's AWS secrets engine"),
}


def access_of_tool(use: shell.Use) -> Access | None:
    """What a command of a script means for the job's access, None when nothing."""
    return _TOOLS.get(use.tool)
