"""`oidc-enforcer trust`: proves what trust policies let in, and explains what they refuse."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from oidc_enforcer.cli import (
    CLEAN,
    FINDINGS,
    UNVERIFIED,
    clock,
    configuration,
    console,
    delivery,
    github_options,
    policy_options,
    repository_options,
    snapshot,
    suggest_options,
    token_options,
)
from oidc_enforcer.cli.commands import HELP, Arguments, Command, Option
from oidc_enforcer.cli.options import COLOR, FAIL_ON, STRICT, VERBOSE
from oidc_enforcer.cli.parser import exit_codes
from oidc_enforcer.errors import UserError
from oidc_enforcer.reporters import Detail

if TYPE_CHECKING:
    from oidc_enforcer.config import Config
    from oidc_enforcer.facts import Facts
    from oidc_enforcer.trust import RoleReport, TrustReport, Unread

FORMATS = ("text", "json", "sarif", "html")
_FORMAT_HELP = (
    "text, json, sarif or html (a page to keep); the last two hold findings and what each role lets"
    " in, and answer no --claim or --token (default: text)"
)
_EXIT_CODES = exit_codes(
    clean="clean; with --claim or --token: the token is let in",
    findings="findings at or above --fail-on; with --claim or --token: the token is refused",
    change="something you have to change: an argument, a path, a policy that IAM would not store",
    unverified="a role could not be judged or read; with --claim or --token: that cannot be told;\n"
    "     with --strict: anything undetermined",
)
COMMAND = Command(
    "trust",
    "prove which GitHub tokens a trust policy lets in, or say why it refuses one",
    "oidc-enforcer trust --policy FILE --repo OWNER/NAME [OPTION...]\n"
    "       oidc-enforcer trust snapshot --output FILE [--aws] [--role ARN] [--policy FILE]",
    "snapshot",
    "write what was read of roles and providers to a file, instead of judging it",
    values=(snapshot.VERB,),
    most=1,
    options=(
        *policy_options.OPTIONS,
        *repository_options.OPTIONS,
        github_options.GITHUB,
        github_options.REQUIRED._replace(needs=(github_options.GITHUB.flag,)),
        *token_options.OPTIONS,
        *suggest_options.OPTIONS,
        snapshot.OUTPUT,
        Option(("--format",), _FORMAT_HELP, "FORMAT", FORMATS, "text"),
        FAIL_ON,
        STRICT,
        configuration.CONFIG,
        configuration.ORG_CONFIG,
        COLOR,
        Option(
            ("-v", "--verbose"),
            "also roles that trust no GitHub issuer, and why further statements refuse a token"
            " (text only)",
        ),
        HELP,
    ),
    epilog=f"""\
examples:
  oidc-enforcer trust --policy trust.json --repo acme/app
  aws iam get-role --role-name deploy | oidc-enforcer trust --policy - --repo acme/app
  oidc-enforcer trust --policy trust.json --repo acme/app \\
    --claim sub=repo:acme/app:pull_request
  oidc-enforcer trust --policy trust.json --repo acme/app \\
    --suggest terraform --allow branch:main --allow environment:production
  oidc-enforcer trust --policy roles.json --repo acme/app --repo-id 2001 --owner-id 1001 \\
    --format html > roles.html
  oidc-enforcer trust --policy roles.json --repo acme/app --github
  oidc-enforcer trust --role arn:aws:iam::123456789012:role/deploy --repo acme/app
  oidc-enforcer trust snapshot --aws --profile audit --output trust.json

{_EXIT_CODES}""",
)


def run(arguments: Arguments) -> int:
    """Judges every role, writes the report as it goes, and gives the verdict."""
    if arguments.given:
        return _snapshot(arguments)
    if not any(arguments.has(option.flag) for option in COMMAND.options):
        hint = "start with `oidc-enforcer trust --policy FILE --repo OWNER/NAME`; --help has more"
        raise UserError("no trust policy, and no repository to judge it for", hint)
    if arguments.has(snapshot.OUTPUT.flag):
        raise UserError("--output is given and `snapshot` is not", "write `trust snapshot`")
    return github_options.asking(arguments, lambda github: _run(arguments, github))


def _run(arguments: Arguments, github: github_options.GitHub | None) -> int:
    if arguments.has(suggest_options.SUGGEST.flag):
        return _suggest(arguments, github)
    asks = arguments.has(token_options.CLAIM.flag) or arguments.has(token_options.TOKEN.flag)
    if asks and arguments.one("--format") in ("sarif", "html"):
        raise UserError("what a token is answered has no such format", "choose `text` or `json`")
    facts = _facts(arguments, github)
    if failed := _unknown(github):
        return failed
    report = _report(arguments, facts)
    seen = _Verdict(facts.config)
    told = report._replace(roles=seen.watching(report.roles))
    console.write(_chunks(arguments, told, facts.today))
    is_short = report.gaps or (facts.config.strict and github is not None and github.gaps())
    return UNVERIFIED if is_short else seen.status


def _unknown(github: github_options.GitHub | None) -> int:
    """Says what GitHub did not tell; the exit code where it told nothing, else 0."""
    if github is None:
        return CLEAN
    if github.trouble:
        console.complain(github.trouble)
        return UNVERIFIED
    console.remark(*(f"not known: {gap.reason}" for gap in github.gaps()))
    return CLEAN


def _snapshot(arguments: Arguments) -> int:
    (verb,) = arguments.given
    if verb != snapshot.VERB:
        hint = f"give files with `--policy {verb}`, or write `trust snapshot`"
        raise UserError(f"unexpected `{verb}`", hint)
    return snapshot.take(arguments)


def _suggest(arguments: Arguments, github: github_options.GitHub | None) -> int:
    """Prints a policy instead of judging some."""
    from oidc_enforcer.policies import Policies

    for flag in (token_options.CLAIM.flag, token_options.TOKEN.flag, "--format"):
        if arguments.has(flag):
            raise UserError(f"--suggest and {flag} exclude each other", "give one of them")
    today = clock.now()[:10]
    wanted = policy_options.is_wanted(arguments)
    policies = policy_options.read(arguments, today) if wanted else Policies()
    # NOTE: the configuration says how GitHub mints the subjects that the policy is to name.
    settled = configuration.settled(arguments, today, github.layers() if github else None)
    repository = repository_options.required(arguments, settled.config)
    if github is not None:
        from oidc_enforcer.facts import Facts

        known = github.subject(arguments, Facts(repository=repository)).repository
        repository = known or repository
        if failed := _unknown(github):
            return failed
    text = suggest_options.run(arguments, repository, policies)
    console.write([text])
    return CLEAN


def _facts(arguments: Arguments, github: github_options.GitHub | None) -> Facts:
    """What the rules know: the configuration, the repository, and what `--allow` says."""
    from oidc_enforcer.reporters.wording import governed

    now = clock.now()
    settled = configuration.settled(arguments, now[:10], github.layers() if github else None)
    config = settled.config
    if arguments.has(suggest_options.ALLOW.flag):
        config = config._replace(allowed=suggest_options.allowed(arguments))
    repository = repository_options.required(arguments, config)
    facts = settled.facts(now)._replace(
        config=config,
        repository=repository,
        judges_roles=True,
        source_notes=tuple(governed(settled.context)),
    )
    return facts if github is None else github.subject(arguments, facts)


def _report(arguments: Arguments, facts: Facts) -> TrustReport:
    from oidc_enforcer import trust, trust_run

    assert facts.repository is not None, "asked for while the facts were made"
    if not policy_options.is_wanted(arguments):
        hint = "add `--policy FILE` (`-` for standard input), `--role ARN` or `--aws`"
        raise UserError("no trust policy", hint)
    asked = token_options.asked(arguments)
    found = policy_options.read(arguments, facts.today)
    known = facts._replace(
        roles=found.roles(), providers=found.providers, seen_providers=found.seen
    )
    roles = trust_run.judged(found.entries, known, asked)
    gaps = tuple(gap.reason for gap in found.gaps)
    notes = (*_break_glass(facts), *facts.source_notes, *found.notes)
    return trust.TrustReport(facts.repository, roles, notes, gaps)


def _break_glass(facts: Facts) -> Iterator[str]:
    """Said loudly, as in every report, of exceptions that somebody has approved for hours."""
    if not facts.config.exceptions:
        return
    from oidc_enforcer.check.excuses import break_glass

    yield from (f"BREAK-GLASS: {said}" for said in break_glass(facts))


def _chunks(arguments: Arguments, report: TrustReport, today: str) -> Iterator[str]:
    form = arguments.one("--format")
    if form == "json":
        from oidc_enforcer.reporters.trust_json import render as render_json

        return render_json(report)
    if form != "text":
        from oidc_enforcer.reporters.trust_report import as_report

        return delivery.chunks(form, as_report(report, today), color=False, detail=Detail.NORMAL)
    from oidc_enforcer.reporters.trust_text import render as render_text

    color = delivery.is_colored(arguments.one(COLOR.flag))
    return render_text(report, color=color, verbose=arguments.has(VERBOSE.flag))


class _Verdict:
    """Watches the roles go by, and keeps the worst of what they mean for the exit code."""

    def __init__(self, config: Config) -> None:
        self.strict = config.strict
        self.fail_on = config.fail_on
        self.statuses = {CLEAN}

    @property
    def status(self) -> int:
        """3, then 1, then 0."""
        return max(self.statuses)

    def watching(self, roles: Iterable[RoleReport | Unread]) -> Iterator[RoleReport | Unread]:
        for role in roles:
            self.statuses.add(self._status(role))
            yield role

    def _status(self, role: RoleReport | Unread) -> int:
        from oidc_enforcer.trust import Unread, verdict

        if isinstance(role, Unread):
            return UNVERIFIED
        if role.answers:
            return _DECISIONS[verdict(role.answers).value]
        if self.strict and (role.skipped or role.reach.undetermined):
            return UNVERIFIED
        failing = any(finding.severity.fails(self.fail_on) for finding in role.findings)
        return FINDINGS if failing else CLEAN


_DECISIONS = {
    "allowed": CLEAN,
    "explicitDeny": FINDINGS,
    "implicitDeny": FINDINGS,
    "undetermined": UNVERIFIED,
}
