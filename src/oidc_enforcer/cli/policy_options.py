"""Options that say where trust policies come from; `trust` and `check` share them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oidc_enforcer.cli.commands import Arguments, Option

if TYPE_CHECKING:
    from oidc_enforcer.policies import Policies

POLICY = Option(
    ("--policy",),
    "a file that holds trust policies, a folder with Terraform source, or - for standard input:"
    " a policy, what `aws iam get-role` or `terraform show -json` prints, a CloudFormation"
    " template, a snapshot; may be given several times",
    "FILE",
    repeats=True,
)
#: In the order in which a help lists them.
OPTIONS = (POLICY,)


def is_wanted(arguments: Arguments) -> bool:
    """Whether any source of trust policies was named."""
    return any(arguments.has(option.flag) for option in OPTIONS)


def read(arguments: Arguments, today: str) -> Policies:
    """The policies of all sources that were named; raises UserError."""
    from oidc_enforcer import trust_sources

    return trust_sources.collect(trust_sources.Wanted(arguments.all("--policy"), today))
