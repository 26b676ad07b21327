"""`oidc-enforcer bootstrap`: provider and role for a repository that has none yet."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from oidc_enforcer.cli import (
    CLEAN,
    FINDINGS,
    UNVERIFIED,
    bootstrap_facts,
    console,
    github_options,
    policy_options,
    repository_options,
    suggest_options,
)
from oidc_enforcer.cli.commands import HELP, Arguments, Command, Option
from oidc_enforcer.cli.parser import exit_codes
from oidc_enforcer.errors import UserError

if TYPE_CHECKING:
    from oidc_enforcer.arn import OidcProviderArn
    from oidc_enforcer.aws.bootstrap import Look
    from oidc_enforcer.bootstrap import Plan
    from oidc_enforcer.cli.bootstrap_facts import Known
    from oidc_enforcer.iam.tightest import Need
    from oidc_enforcer.iam.tokens import Repository

FORMATS = ("terraform", "cloudformation", "cli", "json")
FORMAT = Option(
    ("--format",),
    "what to write: terraform, cloudformation, cli (a script) or json (default: terraform)",
    "FORMAT",
    FORMATS,
    "terraform",
)
ROLE_NAME = Option(
    ("--role-name",), "what the role is called (default: github-actions-NAME)", "NAME"
)
ALLOW = suggest_options.ALLOW._replace(
    help="a run that may use the role: branch:NAME, tag:NAME, environment:NAME, pull-request or"
    " subject:TEXT; may be given several times (default: what the workflows need)"
)
PROVIDER = suggest_options.PROVIDER._replace(
    help="the ARN of the OIDC provider (default: that of the account it is made in)"
)
ALLOW_BROAD = Option(
    ("--allow-broad",), "let in runs that outsiders can influence or that a wildcard admits"
)
AWS = Option(("--aws",), "ask AWS whether the provider and the role are there")
APPLY = Option(("--apply",), "make them in AWS, after showing the plan")
REPLACE = Option(
    ("--replace-trust",),
    "with --apply: replace the trust of a role that is there",
    needs=("--apply",),
)
_EXIT_CODES = exit_codes(
    clean="written; --apply: done, or nothing to do",
    findings="--apply: nothing was done, because a role of that name trusts others",
    change="something you have to change: an argument, a path, who you are to AWS or GitHub",
    unverified="--github, --remote: what GitHub knows could not be had, and nothing was written",
)
COMMAND = Command(
    "bootstrap",
    "write the OIDC provider and the role that a repository needs",
    "oidc-enforcer bootstrap --repo OWNER/NAME [OPTION...] [PATH...]",
    "PATH",
    "the repository's folder, or workflow files (default: .; with --remote none)",
    (
        *repository_options.OPTIONS,
        *github_options.OPTIONS,
        FORMAT,
        ROLE_NAME,
        ALLOW,
        suggest_options.FORM,
        PROVIDER,
        suggest_options.AUDIENCE,
        ALLOW_BROAD,
        AWS,
        APPLY,
        REPLACE,
        policy_options.PROFILE._replace(needs=("--aws", "--apply")),
        policy_options.REGION._replace(needs=("--aws", "--apply")),
        HELP,
    ),
    epilog=f"""\
Which runs need the role is told by the workflows as `fix` would leave them. The trust policy lets
in these and nothing else, and is proven; the permissions policy denies everything until you write
what the role is for.

examples:
  oidc-enforcer bootstrap --repo acme/app > github-actions.tf
  oidc-enforcer bootstrap --repo acme/app --allow environment:production --format cli | bash
  oidc-enforcer bootstrap --repo acme/app --remote > github-actions.tf    without a checkout
  oidc-enforcer bootstrap --repo acme/app --repo-id 2001 --owner-id 1001 --form both --apply

{_EXIT_CODES}""",
)


def run(arguments: Arguments) -> int:
    """Writes the text, or shows and does what AWS lacks."""
    repository_options.refuse_none(arguments)
    return github_options.asking(arguments, lambda github: _run(arguments, github))


def _run(arguments: Arguments, github: github_options.GitHub | None) -> int:
    known = bootstrap_facts.known(arguments, github)
    if github is not None and github.trouble:
        console.complain(github.trouble)
        return UNVERIFIED
    for gap in github.gaps() if github else ():
        console.remark(f"not known: {gap.reason}")
    if arguments.has(APPLY.flag) or arguments.has(AWS.flag):
        return _with_aws(arguments, known)
    from oidc_enforcer.arn import UNTOLD_ACCOUNT

    plan = _plan(arguments, known, UNTOLD_ACCOUNT, "aws")
    if plan.is_portable and arguments.one(FORMAT.flag) == "json":
        raise suggest_options.account_needed(plan.provider.issuer, "`--aws` to ask for it")
    _write(arguments, plan)
    return CLEAN


def _write(arguments: Arguments, plan: Plan) -> None:
    from oidc_enforcer import bootstrap

    console.write([bootstrap.TEXTS[arguments.one(FORMAT.flag)](plan)])
    _tell(plan)
    console.remark(*bootstrap.next_steps(plan))


def _tell(plan: Plan) -> None:
    found = plan.trust.reach
    console.remark(f"lets in, and nothing else: {', '.join(plan.needs)}")
    console.remark(f"reach {found.reach.word}, identity {found.identity.word}")
    for witness in found.witnesses:
        console.remark(f"  such as `{witness.claims.get('sub', '')}`")


# -- the plan --------------------------------------------------------------------------------------


def _plan(arguments: Arguments, known: Known, account: str, partition: str) -> Plan:
    from oidc_enforcer.bootstrap import Plan
    from oidc_enforcer.iam.tightest import Wanted, audience_of

    repository = known.repository
    provider = _provider(arguments, repository, account, partition)
    allowed = arguments.all(suggest_options.ALLOW.flag)
    derived = _Derived(allowed) if allowed else _of_workflows(arguments, known)
    needs = _needs(arguments, derived.runs)
    known.tell_guards(need for need in needs if not _is_broad(need))
    audience = arguments.one(suggest_options.AUDIENCE.flag) or audience_of(provider.partition)
    form = suggest_options.subject_form(arguments, repository)
    wanted = Wanted(repository, provider, needs, form, audience)
    trust = suggest_options.proven(wanted)
    entries = tuple(need.entry for need in needs)
    name = _role_name(arguments, repository)
    plan = Plan(repository.full_name, name, provider, audience, trust, entries)
    variable = derived.variables[0] if len(derived.variables) == 1 else plan.variable
    return plan._replace(
        variable=variable,
        paths=arguments.given,
        is_in_doubt=derived.is_in_doubt,
        is_remote=arguments.has(github_options.REMOTE.flag),
        default_token=known.default_token,
    )


def _role_name(arguments: Arguments, repository: Repository) -> str:
    given = arguments.one(ROLE_NAME.flag)
    name = given or f"github-actions-{repository.name}"[:64]
    if not re.fullmatch(r"[\w+=,.@-]{1,64}", name, re.ASCII):
        raise UserError(
            f"`{name}` is no role's name", "use at most 64 of A-Z a-z 0-9 + = , . @ - _"
        )
    return name


def _provider(
    arguments: Arguments, repository: Repository, account: str, partition: str
) -> OidcProviderArn:
    from oidc_enforcer.arn import OidcProviderArn
    from oidc_enforcer.iam.issuers import GITHUB_COM

    given = suggest_options.given_provider(arguments)
    return given or OidcProviderArn(partition, account, repository.issuer or GITHUB_COM)


def _needs(arguments: Arguments, entries: tuple[str, ...]) -> tuple[Need, ...]:
    needs = suggest_options.needs(arguments, entries)
    broad = [need.entry for need in needs if _is_broad(need)]
    if broad and not arguments.has(ALLOW_BROAD.flag):
        named = ", ".join(f"`{entry}`" for entry in broad)
        raise UserError(
            f"{named} lets in more than one branch, tag or environment",
            "name the runs by `--allow`, one by one, or add `--allow-broad` and read who gets in",
        )
    for need in needs:
        if need.kind == "pull-request":
            console.remark(
                "note: everybody who may open a pull request gets in, before anybody reviews it"
            )
        elif _is_broad(need):
            console.remark(
                f"note: whoever can make something called `{need.name}` gets in by `{need.entry}`"
            )
    return needs


def _is_broad(need: Need) -> bool:
    return need.kind == "pull-request" or any(mark in need.name for mark in "*?")


class _Derived(NamedTuple):
    """The runs that need the role, the variables that name it, and whether fixes are unsafe."""

    runs: tuple[str, ...]
    variables: tuple[str, ...] = ()
    is_in_doubt: bool = False


def _of_workflows(arguments: Arguments, known: Known) -> _Derived:
    """What the workflows need once they are mended, and the variables that name their roles."""
    from oidc_enforcer.needed_runs import needed_runs, role_variables

    repository = known.repository
    name = _role_name(arguments, repository)
    mended, is_in_doubt = known.mended(arguments.given or (".",))
    variables = role_variables(mended)
    if len(variables) > 1:
        console.remark(
            f"note: one role for all of {', '.join(f'`vars.{each}`' for each in variables)};"
            " for one each, name the workflows of one, and `--role-name`"
        )
    found = needed_runs(mended, repository, name)
    problem = "no workflow here needs this role in a run that is told"
    return _Derived(suggest_options.entries_of(found, problem), variables, is_in_doubt)


# -- AWS -------------------------------------------------------------------------------------------


def _with_aws(arguments: Arguments, known: Known) -> int:
    from oidc_enforcer.aws import Access, Aws
    from oidc_enforcer.aws import bootstrap as maker
    from oidc_enforcer.aws.trouble import Trouble
    from oidc_enforcer.bootstrap import DENY_ALL

    access = Access(
        arguments.one(policy_options.PROFILE.flag), arguments.one(policy_options.REGION.flag)
    )
    aws = Aws(access)
    own = aws.caller()
    plan = _plan(arguments, known, own.account, own.partition)
    client = aws.iam(plan.provider.account, plan.provider.partition)
    if isinstance(client, Trouble):
        raise UserError(f"cannot make it there: {client.reason}", client.hint)
    wish = maker.Wish(
        str(plan.provider), plan.url, plan.audience, plan.role, plan.trust.document, DENY_ALL
    )
    found = maker.look(client, wish)
    if not arguments.has(APPLY.flag):
        _write(arguments, plan._replace(has_provider=found.has_provider))
        return CLEAN
    return _apply(arguments, plan, found, lambda: maker.apply(client, found, wish))


def _apply(arguments: Arguments, plan: Plan, found: Look, make: Callable[[], str]) -> int:
    """Shows what AWS lacks, and makes it."""
    from oidc_enforcer.bootstrap import next_steps

    _tell(plan)
    is_whole = "nothing to do: the provider and the role are as they should be"
    console.remark("plan:" if found.actions else is_whole)
    console.remark(*(f"  - {action.said}" for action in found.actions))
    if any(action.replaces for action in found.actions) and not arguments.has(REPLACE.flag):
        console.remark(
            "nothing was done: a role of that name trusts others; --replace-trust replaces that"
        )
        return FINDINGS
    arn = make() if found.actions else found.arn
    console.tell([arn])
    console.remark(*next_steps(plan, arn))
    return CLEAN
