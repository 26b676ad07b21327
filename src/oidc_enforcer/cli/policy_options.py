"""Options that say where trust policies come from; `trust` and `check` share them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from oidc_enforcer.cli.commands import Arguments, Option
from oidc_enforcer.errors import UserError
from oidc_enforcer.report import Gap

if TYPE_CHECKING:
    from oidc_enforcer.aws import Access
    from oidc_enforcer.facts import Facts
    from oidc_enforcer.policies import Policies
    from oidc_enforcer.trust_sources import Wanted

POLICY = Option(
    ("--trust-snapshot", "--policy"),
    "a file that holds trust policies, a folder with such or with Terraform source, or - for"
    " standard input: a policy, what `aws iam get-role` or `terraform show -json` prints, a"
    " CloudFormation template, a snapshot; may be given several times",
    "FILE",
    repeats=True,
)
AWS = Option(
    ("--aws",), "ask AWS for every role and OIDC provider of the account that you are signed in to"
)
ROLE = Option(
    ("--role",),
    "ask AWS for this role and the OIDC providers of its account; may be given several times",
    "ARN",
    repeats=True,
)
PROFILE = Option(
    ("--profile",),
    "the AWS profile to ask with, IAM Identity Center's too (default: where every AWS program"
    " looks for credentials)",
    "NAME",
)
REGION = Option(("--region",), "the AWS region whose endpoints to ask", "REGION")
READER_ROLE = Option(
    ("--reader-role",),
    "the role to read other accounts' roles with: arn:aws:iam::{account}:role/NAME",
    "ARN",
)
#: In the order in which a help lists them.
OPTIONS = (
    POLICY,
    AWS,
    ROLE,
    *(option._replace(needs=(AWS.flag, ROLE.flag)) for option in (PROFILE, REGION, READER_ROLE)),
)
_SOURCES = (POLICY, AWS, ROLE)


def is_wanted(arguments: Arguments) -> bool:
    """Whether any source of trust policies was named."""
    return any(arguments.has(option.flag) for option in _SOURCES)


def read(arguments: Arguments, today: str) -> Policies:
    """The policies of all sources that were named; raises UserError."""
    from oidc_enforcer import trust_sources

    return trust_sources.collect(wanted(arguments, today))


def wanted(arguments: Arguments, today: str) -> Wanted:
    """What the arguments name; raises UserError for what contradicts itself."""
    from oidc_enforcer import trust_sources

    if not (arguments.has(AWS.flag) or arguments.has(ROLE.flag)):
        return trust_sources.Wanted(arguments.all(POLICY.flag), today)
    return trust_sources.Wanted(
        arguments.all(POLICY.flag),
        today,
        arguments.has(AWS.flag),
        arguments.all(ROLE.flag),
        _access(arguments),
    )


def _access(arguments: Arguments) -> Access:
    from oidc_enforcer.arn import RoleArn
    from oidc_enforcer.aws import Access

    reader = arguments.one(READER_ROLE.flag)
    if reader and RoleArn.parse(reader.replace("{account}", "0" * 12)) is None:
        raise UserError(
            f"`{reader}` is no ARN of a role",
            "write arn:aws:iam::{account}:role/NAME, with `{account}` as it stands here",
        )
    return Access(arguments.one(PROFILE.flag), arguments.one(REGION.flag), reader)


#: What gaps of trust policies are gaps of.
WHAT = "trust policies"


def with_policies(arguments: Arguments, facts: Facts) -> tuple[Facts, tuple[Gap, ...]]:
    """The facts with the policies that the arguments name, and what could not be read of them."""
    if not is_wanted(arguments):
        return facts, ()
    if facts.repository is None:
        raise UserError(
            "trust policies are judged for a repository, and which it is was not said",
            "add `--repo OWNER/NAME`",
        )
    from oidc_enforcer import gather, trust_sources

    asked = wanted(arguments, facts.today)
    policies = trust_sources.collect(asked._replace(account=False))
    gaps = tuple(Gap(WHAT, gap.reason) for gap in policies.gaps)
    return gather.with_policies(facts, policies), gaps


def fetching(arguments: Arguments, facts: Facts) -> Callable[[tuple[str, ...]], Policies] | None:
    """Asks AWS for exactly the roles that the workflows turn out to assume; only with --aws."""
    if not arguments.has(AWS.flag):
        return None
    from oidc_enforcer import trust_sources

    asked = wanted(arguments, facts.today)
    return lambda arns: trust_sources.collect(asked._replace(paths=(), account=False, roles=arns))
