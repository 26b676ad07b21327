"""`trust --suggest`: the tightest policy for the runs that are allowed, or that workflows need."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oidc_enforcer.arn import UNTOLD_ACCOUNT, OidcProviderArn
from oidc_enforcer.cli import console
from oidc_enforcer.cli.commands import Arguments, Option
from oidc_enforcer.errors import UserError

if TYPE_CHECKING:
    from oidc_enforcer.facts import Role
    from oidc_enforcer.iam.tightest import Form, Need, Suggestion, Wanted
    from oidc_enforcer.iam.tokens import Repository
    from oidc_enforcer.needed_runs import NeededRuns
    from oidc_enforcer.policies import Policies

FORMATS = ("json", "terraform", "cloudformation")
SUGGEST = Option(
    ("--suggest",),
    "print the tightest policy that still lets in what is needed, proven: json, terraform or"
    " cloudformation",
    "FORMAT",
    FORMATS,
)
ALLOW = Option(
    ("--allow",),
    "a run that may use the role: branch:NAME, tag:NAME, environment:NAME, pull-request or, with"
    " --suggest, subject:TEXT; may be given several times (default: what the configuration allows,"
    " with --suggest what the workflows in this folder need)",
    "RUN",
    repeats=True,
)
FORM = Option(
    ("--form",),
    "the subjects that it names: classic, immutable (with ids), or both for a transition (default:"
    " both if the ids are known)",
    "FORM",
    ("classic", "immutable", "both"),
)
PROVIDER = Option(
    ("--provider",), "the ARN of the OIDC provider, where no --policy names it", "ARN"
)
AUDIENCE = Option(
    ("--audience",), "the audience that it asks for (default: sts.amazonaws.com)", "AUDIENCE"
)
OPTIONS = (
    SUGGEST,
    ALLOW,
    *(option._replace(needs=(SUGGEST.flag,)) for option in (FORM, PROVIDER, AUDIENCE)),
)


def run(arguments: Arguments, repository: Repository, policies: Policies) -> str:
    """The text of the policy; what it was made from and what it proves goes to standard error."""
    from oidc_enforcer.iam.tightest import Wanted

    form = arguments.one(SUGGEST.flag)
    role = _role(policies)
    provider, here = _provider(arguments, role, repository)
    if here and form == "json":
        raise account_needed(provider.issuer, "`--policy FILE` of a role in the account")
    entries = arguments.all(ALLOW.flag) or _of_workflows(repository)
    wanted = Wanted(
        repository,
        provider,
        needs(arguments, entries),
        subject_form(arguments, repository),
        arguments.one("--audience"),
    )
    found = proven(wanted)
    _tell(found, wanted, role)
    return _text(form, found, provider if here else None)


def account_needed(issuer: str, otherwise: str) -> UserError:
    """What to say where JSON, which can look nothing up, is asked for without an account."""
    return UserError(
        "a policy as json names the account of its OIDC provider, and nothing here tells it",
        f"add `--provider arn:aws:iam::ACCOUNT:oidc-provider/{issuer}`, or {otherwise}",
    )


def allowed(arguments: Arguments) -> tuple[str, ...]:
    """The entries as the configuration would have them; raises UserError."""
    from oidc_enforcer.iam.allowed import Allowed

    entries = arguments.all(ALLOW.flag)
    try:
        Allowed.parse(entries)
    except ValueError as problem:
        raise UserError(str(problem), _see_allow(arguments)) from None
    return entries


def _text(form: str, found: Suggestion, here: OidcProviderArn | None) -> str:
    from oidc_enforcer.reporters import policy_text

    if form == "json":
        return policy_text.as_json(found.document)
    if form == "terraform":
        return policy_text.as_terraform(found.document, here=here)
    return policy_text.as_cloudformation(found.document, here=here is not None)


def _role(policies: Policies) -> Role | None:
    from oidc_enforcer.facts import Role

    roles = [entry.found for entry in policies.entries if isinstance(entry.found, Role)]
    if len(roles) > 1 or len(policies.entries) > 1:
        raise UserError(
            f"a policy is suggested for one role, and here are {len(policies.entries)}",
            "give the policy of one role, such as `aws iam get-role` prints it",
        )
    return roles[0] if roles else None


def given_provider(arguments: Arguments) -> OidcProviderArn | None:
    """The provider that was typed; raises UserError where it is none of GitHub's."""
    from oidc_enforcer.iam.issuers import GITHUB_COM, github_issuer

    given = arguments.one(PROVIDER.flag)
    if not given:
        return None
    found = OidcProviderArn.parse(given)
    if found is None or github_issuer(found.issuer) is None:
        raise UserError(
            f"`{given}` is no OIDC provider of GitHub's",
            f"write `arn:aws:iam::ACCOUNT:oidc-provider/{GITHUB_COM}`",
        )
    return found


def _provider(
    arguments: Arguments, role: Role | None, repository: Repository
) -> tuple[OidcProviderArn, bool]:
    """The provider, and whether its account is left open."""
    from oidc_enforcer.iam.issuers import GITHUB_COM
    from oidc_enforcer.role_providers import trusted_provider

    if given := given_provider(arguments):
        return given, False
    if role and (found := trusted_provider(role, repository)):
        return found, False
    issuer = repository.issuer or GITHUB_COM
    if role and role.arn:
        return OidcProviderArn(role.arn.partition, role.arn.account, issuer), False
    return OidcProviderArn("aws", UNTOLD_ACCOUNT, issuer), True


def subject_form(arguments: Arguments, repository: Repository) -> Form:
    """Which subjects the policy names: as typed, else as the repository is known to mint them."""
    from oidc_enforcer.iam.tightest import Form
    from oidc_enforcer.role_providers import form_for

    given = arguments.one(FORM.flag)
    return Form(given) if given else form_for(repository)


def needs(arguments: Arguments, entries: tuple[str, ...]) -> tuple[Need, ...]:
    """The runs that a policy is to let in; raises UserError for what names none."""
    from oidc_enforcer.iam.tightest import parse_needs

    try:
        return parse_needs(entries)
    except ValueError as problem:
        raise UserError(str(problem), _see_allow(arguments)) from None


def proven(wanted: Wanted) -> Suggestion:
    """The tightest policy; raises UserError where none can be proven."""
    from oidc_enforcer.iam.tightest import CannotSuggestError, tightest

    try:
        return tightest(wanted)
    except CannotSuggestError as problem:
        raise UserError(
            f"no policy can be written: {problem}", "see --allow, --form and --repo-id"
        ) from None


def entries_of(found: NeededRuns, problem: str) -> tuple[str, ...]:
    """What the workflows turned out to need, once what that leaves out is said; UserError: none."""
    for remark in found.remarks:
        console.remark(f"note: {remark}")
    if not found.entries:
        raise UserError(problem, "add `--allow branch:NAME` or `--allow environment:NAME`")
    return found.entries


def _see_allow(arguments: Arguments) -> str:
    return f"see `oidc-enforcer {arguments.command.name} --help` for {ALLOW.flag}"


def _of_workflows(repository: Repository) -> tuple[str, ...]:
    from oidc_enforcer import gather
    from oidc_enforcer.facts import Facts
    from oidc_enforcer.needed_runs import needed_runs

    report = gather.check_paths((".",), gather.Options(Facts(repository=repository)))
    found = needed_runs(report.files, repository)
    return entries_of(found, "no workflow here assumes a role by OIDC in a run that is told")


def _tell(found: Suggestion, wanted: Wanted, role: Role | None) -> None:
    from oidc_enforcer.iam.reach import reach
    from oidc_enforcer.trust import LIMITS

    after = found.reach
    entries = ", ".join(need.entry for need in wanted.needs)
    console.remark(f"lets in, and nothing else: {entries}")
    if role is not None:
        before = reach(role.policy, wanted.repository, role=role.arn)
        console.remark(
            f"reach {before.reach.word} becomes {after.reach.word}, identity"
            f" {before.identity.word} becomes {after.identity.word}"
        )
    else:
        console.remark(f"reach {after.reach.word}, identity {after.identity.word}")
    for doubt in after.unsettled:
        console.remark(f"not settled: {doubt.reason}")
    console.remark(f"limits of the proof: {LIMITS}")
