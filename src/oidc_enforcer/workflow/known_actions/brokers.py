"""Actions that bring credentials into a job, and of which kind these are."""

from __future__ import annotations

import enum
from functools import lru_cache

from oidc_enforcer.records import NamedTuple
from oidc_enforcer.workflow.known_actions.tables import Index, action_name, cells, find, index


class BrokerKind(enum.Enum):
    """What the credentials are that an action brings into the job."""

    TEMPORARY = "temporary"  # a session of STS, or one that a person typed in; it expires
    BROKERED = "brokered"  # issued by a service on demand; they expire
    EXTERNAL_STORE = "external-store"  # stored values, long-lived unless a session token is there
    UNKNOWN = "unknown"


class Broker(NamedTuple):
    """An action that exports credentials, or that may."""

    name: str
    kind: BrokerKind
    note: str
    source: str


#: Name; kind; note; source.
_BROKER_TABLE = """
aws-actions/configure-aws-credentials | temporary | by role; keys alone are exported | index.ts
catnekaise/* | temporary | a Cognito identity pool's, by OIDC | action.yml@0bca1930
nordcloud/aws-assume-role | temporary | assumed with the environment's keys | README@cbfc9404
step-security/wait-for-secrets | temporary | typed in by a person during the run | README@0b3ab172
pulumi/esc-action | external-store | stored, but for sessions by `aws-login` | action.yml@0a7617ca
pulumi/auth-actions | brokered | Pulumi's token, for which ESC issues sessions | action.yml@1ae13f1a
hashicorp/vault-action | unknown | issued by `aws/creds` and `aws/sts`, else stored | README
akeyless-community/akeyless-github-action | unknown | dynamic or static secrets | docs.akeyless.io
lancemccarthy/akeyless-action | unknown | dynamic or static secrets | use
1password/load-secrets-action | external-store | `op://` references | action.yml@0a7975f9
aws-actions/aws-secretsmanager-get-secrets | external-store | Secrets Manager | action.yml@14df009e
say8425/aws-secrets-manager-actions | external-store | Secrets Manager | action.yml@0eaea6fd
abhilash1in/aws-secrets-manager-action | external-store | Secrets Manager | action.yml@0fa56794
infisical/secrets-action | external-store | Infisical | action.yaml@108ed3b1
dopplerhq/secrets-fetch-action | external-store | Doppler | action.yml@1cf55a37
dopplerhq/cli-action | external-store | Doppler, by commands in later steps | use
bitwarden/sm-action | external-store | Bitwarden Secrets Manager | action.yml@150e2435
cyberark/conjur-action | external-store | Conjur | action.yml@0334efa6
google-github-actions/get-secretmanager-secrets | external-store | Google Secret Manager | README
azure/get-keyvault-secrets | external-store | Azure Key Vault | README
keeper-security/ksm-action | external-store | Keeper | README
"""


@lru_cache(maxsize=1)
def brokers() -> tuple[Broker, ...]:
    """All rows of the table of actions that bring credentials."""
    rows = map(cells, _BROKER_TABLE.strip().splitlines())
    return tuple(Broker(name, BrokerKind(kind), note, source) for name, kind, note, source in rows)


@lru_cache(maxsize=1)
def _by_name() -> Index[Broker]:
    return index(brokers())


@lru_cache(maxsize=4096)
def broker(uses: str) -> Broker | None:
    """The action that a step uses, when it brings credentials into the job."""
    return find(_by_name(), action_name(uses))
