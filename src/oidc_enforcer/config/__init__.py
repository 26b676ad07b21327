"""What an organisation expects, as values: the effective configuration of a run.

Every setting has the name that it has in `.github/oidc-enforcer.yml`, with `_` for `-`. This
package's top holds values alone, so that a run without any file imports nothing else of it.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping

from oidc_enforcer.finding import Place, Severity
from oidc_enforcer.records import NamedTuple
from oidc_enforcer.report import ALLOWED_CLASSES


class Ring(enum.IntEnum):
    """How far the roll-out has come for a repository; ordered from loose to tight."""

    OBSERVE = 0
    WARN = 1
    BLOCK_NEW = 2
    BLOCK = 3

    @property
    def word(self) -> str:
        """The ring as the configuration spells it."""
        return self.name.lower().replace("_", "-")


class RingGroup(NamedTuple):
    """Repositories that move through the rings together; all that is given has to hold.

    `repositories` are patterns of `owner/name`, or of the name alone where they hold no slash.
    `ring` holds from the beginning, each of `steps` (date, ring) from its date on.
    """

    ring: Ring
    steps: tuple[tuple[str, Ring], ...] = ()
    repositories: tuple[str, ...] = ()
    topic: str = ""
    properties: tuple[tuple[str, str], ...] = ()
    name: str = ""


#: Groups of which the first that fits counts.
RingPlan = tuple[RingGroup, ...]


class Exemption(NamedTuple):
    """An exception from the rules that the configuration grants.

    Empty words stand for what was not said: `rule` empty is every rule and only for break-glass,
    which `approver` makes it. `until` is a date (inclusive) or, for break-glass, a time in UTC.
    `place` is where it stands, None for one that no file holds.
    """

    rule: str
    until: str = ""
    reason: str = ""
    repository: str = ""
    path: str = ""
    job: str = ""
    owner: str = ""
    ticket: str = ""
    added: str = ""
    approver: str = ""
    layer: str = ""
    place: Place | None = None

    def names(self, job: str | None) -> bool:
        """Whether it is for one file and for this job in it, with no pattern."""
        return bool(self.path) and not set("*?") & set(self.path) and self.job == (job or "")


class Config(NamedTuple):
    """The effective configuration; the defaults are what a run without any file works by.

    `roles` gives the ARN behind a reference (`secrets.DEPLOYMENT_ROLE`, `vars.AWS_ROLE_ARN`) that
    no file tells. `allowed` are the runs that may use a role (`branch:main`, `tag:v*`,
    `environment:production`, `pull-request`); None: the default branch and the
    environments that the workflows name. `allowed_accounts` empty: any account. `severities` has
    None for a rule that is off. `immutable_subject` and `subject_template` say how GitHub mints
    this repository's subjects, None: nobody has said; `enterprise` is the slug of its enterprise.
    `default_workflow_permissions` is GitHub's setting of that name, `read` or `write`, "" where
    nobody has said. `max_key_age` is in days, None: any. `rings` are plans of which the tightest
    answer counts: a layer that may only tighten adds one.
    """

    severities: Mapping[str, Severity | None] = {}
    fail_on: str = "error"
    allowed: tuple[str, ...] | None = None
    allowed_accounts: tuple[str, ...] = ()
    roles: Mapping[str, str] = {}
    subject_template: tuple[str, ...] | None = None
    immutable_subject: bool | None = None
    default_workflow_permissions: str = ""
    enterprise: str = ""
    enterprise_id: str = ""
    scope: str = "all"
    strict: bool = False
    mode: str = "enforce"
    allowed_credentials: frozenset[str] = ALLOWED_CLASSES
    max_key_age: int | None = None
    paths_ignore: tuple[str, ...] = ()
    rings: tuple[RingPlan, ...] = ()
    exceptions: tuple[Exemption, ...] = ()
    max_exception_days: int = 180
    inline_exceptions: bool = True
    max_break_glass_hours: int = 24
    break_glass_approvers: tuple[str, ...] = ()
    on_aws_error: str = "fail"
    on_github_error: str = "fail"
    help: str = ""
    contact: str = ""

    @property
    def stored(self) -> Mapping[str, str]:
        """What `roles` tells by references in lower case, as GitHub does not tell casing apart."""
        return {reference.lower(): arn for reference, arn in self.roles.items()}


DEFAULT = Config()
#: Its SHA-256, as the report gives it; a test compares.
DEFAULT_HASH = "a273590b98144a6e939db6ef4e87a23922b839e891862d2504fec799508b3afa"
