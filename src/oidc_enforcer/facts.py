"""What the rules may know besides the file: gathered once, before anything is decided."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from oidc_enforcer import config
from oidc_enforcer.records import NamedTuple
from oidc_enforcer.report import Unavailable as Unavailable  # where rules look for it

if TYPE_CHECKING:  # a run without policies does not pay for reading any
    from oidc_enforcer.arn import OidcProviderArn, RoleArn
    from oidc_enforcer.comparison import Found
    from oidc_enforcer.config import Config, Exemption
    from oidc_enforcer.config.layers import Refusal
    from oidc_enforcer.iam.document import TrustPolicy
    from oidc_enforcer.iam.tokens import Repository
    from oidc_enforcer.protection import Protection
    from oidc_enforcer.source import SourceFile
    from oidc_enforcer.stored_secrets import Secrets


class Provider(NamedTuple):
    """An OIDC identity provider of an account. `audiences` are its client ids."""

    arn: OidcProviderArn
    audiences: tuple[str, ...]


class Role(NamedTuple):
    """An IAM role and its trust policy.

    `origin` says where it was read, for people: `live AWS`, `roles.json`, `main.tf:12`. `file` is
    the text that the policy's places refer to, None where it came as data. `arn` is None where
    infrastructure code does not tell the account; then `name` is all there is. `providers` are
    those of the role's own account that the same code makes.
    """

    name: str
    arn: RoleArn | None
    policy: TrustPolicy
    origin: str
    file: SourceFile | None = None
    providers: tuple[Provider, ...] = ()


class Facts(NamedTuple):
    """Facts of a run. `today` is its date as `YYYY-MM-DD` and `now` its time, both in UTC.

    `roles` are keyed by ARN (`str(RoleArn)`), or by name where a source does not tell the account:
    a role that is not there was not asked for, one that is `Unavailable` was. `providers` are keyed
    by account id, `seen_providers` are some of an account's. `judges_roles`: somebody has given
    trust policies; `source_notes` are for people: how old a snapshot is. `environments` are those
    that the repository's workflows name, None where nobody has looked; `open_environments`: some
    name is not known before the run.
    `default_workflow_permissions` is what GitHub said of it, `read` or `write`, "" where it was not
    asked or did not say.

    `granted` is set for a pull request: what exceptions excuse on the default branch. What else the
    head would have excused stays, and is pending, but for what an entry names exactly; so are
    `pending_exceptions`, those that the head's configuration adds. `compares`: findings are to be
    told from those of another judgement, and get their evidence. `baseline` counts findings
    that were there before, by fingerprint; `refusals` are loosenings that the configuration's
    layers tried. `protection` is what guards branches and environments on GitHub, `secrets` are the
    names and dates of those that it stores; None: not asked.
    """

    today: str = ""
    config: Config = config.DEFAULT
    repository: Repository | None = None
    roles: Mapping[str, Role | Unavailable] = {}
    providers: Mapping[str, tuple[Provider, ...] | Unavailable] = {}
    now: str = ""
    granted: Found | None = None
    compares: bool = False
    pending_exceptions: tuple[Exemption, ...] = ()
    baseline: Mapping[str, int] = {}
    baseline_reason: str = "on record"
    refusals: tuple[Refusal, ...] = ()
    protection: Protection | None = None
    secrets: Secrets | None = None
    judges_roles: bool = False
    environments: frozenset[str] | None = None
    open_environments: bool = False
    default_workflow_permissions: str = ""
    seen_providers: tuple[Provider, ...] = ()
    source_notes: tuple[str, ...] = ()

    @property
    def default_token(self) -> str:
        """`read` or `write`: what GitHub's token may do where a workflow is silent, "" unknown."""
        return self.config.default_workflow_permissions or self.default_workflow_permissions

    @property
    def moment(self) -> str:
        """The time of the run, `YYYY-MM-DDTHH:MMZ`; the day's beginning where nobody told it."""
        return self.now or f"{self.today}T00:00Z"
