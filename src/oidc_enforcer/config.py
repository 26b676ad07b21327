"""What an organisation expects, as values: the effective configuration of a run.

Every setting has the name that it has in `.github/oidc-enforcer.yml`, with `_` for `-`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from oidc_enforcer.finding import Severity


class Config(NamedTuple):
    """The effective configuration; the defaults are what a run without any file works by.

    `roles` gives the ARN behind a reference (`secrets.DEPLOYMENT_ROLE`, `vars.AWS_ROLE_ARN`) that
    no file tells. `allowed` are the runs that may use a role (`branch:main`, `tag:v*`,
    `environment:production`, `pull-request`); None: the default branch and the environments that
    the workflows name. `allowed_accounts` empty: any account. `severities` has None for a rule
    that is off. `immutable_subject` and `subject_template` say how GitHub mints this repository's
    subjects, None: nobody has said.
    """

    severities: Mapping[str, Severity | None] = {}
    fail_on: str = "error"
    allowed: tuple[str, ...] | None = None
    allowed_accounts: tuple[str, ...] = ()
    roles: Mapping[str, str] = {}
    subject_template: tuple[str, ...] | None = None
    immutable_subject: bool | None = None


DEFAULT = Config()
