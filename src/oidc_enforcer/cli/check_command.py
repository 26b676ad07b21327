"""`oidc-enforcer check`: judges workflows and actions, and reports."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from oidc_enforcer.cli import (
    CLEAN,
    clock,
    configuration,
    console,
    delivery,
    github_options,
    policy_options,
    repository_options,
)
from oidc_enforcer.cli.commands import HELP, Arguments, Command, Option
from oidc_enforcer.cli.options import (
    COLOR,
    FAIL_ON,
    FORMAT,
    QUIET,
    STRICT,
    VERBOSE,
    Target,
    detail,
    targets,
)
from oidc_enforcer.cli.parser import EXIT_CODES
from oidc_enforcer.report import Chain, FileReport, Gap, Report
from oidc_enforcer.reporters import WITHOUT_EXCERPTS, Detail

if TYPE_CHECKING:
    from oidc_enforcer import gather
    from oidc_enforcer.facts import Facts

BASELINE = Option(
    ("--baseline",),
    "findings on record (`oidc-enforcer baseline write`), which do not count",
    "FILE",
)
#: Proving fixes doubles the time that judging takes, and more; what they are for is one repository.
_MOST_FIXED = 200
FIXES = Option(
    ("--fixes",),
    "whether json and sarif hold proven fixes, which takes as long again as judging: auto (not"
    f" where more than {_MOST_FIXED} files matter), always or never (default: auto)",
    "WHEN",
    ("auto", "always", "never"),
    "auto",
)

COMMAND = Command(
    "check",
    "tell where every job's AWS credentials come from",
    "oidc-enforcer check [OPTION...] [PATH...]",
    "PATH",
    "a repository's folder, a workflow or action file, or - for standard input (default: .)",
    (
        FORMAT,
        FAIL_ON,
        STRICT,
        *configuration.OPTIONS,
        BASELINE,
        *policy_options.OPTIONS,
        *repository_options.OPTIONS,
        *github_options.OPTIONS,
        COLOR,
        Option(
            ("--stdin-filename",),
            "what standard input is called in the report (default: stdin.yml)",
            "NAME",
            default="stdin.yml",
        ),
        FIXES,
        QUIET,
        VERBOSE,
        HELP,
    ),
    epilog=f"""\
examples:
  oidc-enforcer check                                judge the repository in this folder
  oidc-enforcer check .github/workflows/deploy.yml   judge one file
  oidc-enforcer check -v ../api ../web               judge two repositories, show every job
  oidc-enforcer check --repo acme/app --policy roles.json   the roles of its jobs as well
  oidc-enforcer check --repo acme/app --github       what it calls and its settings as well
  oidc-enforcer check --repo acme/app --remote       the same without a checkout
  oidc-enforcer check --format sarif=out.sarif --format text
  git show main:.github/workflows/ci.yml | oidc-enforcer check - --stdin-filename ci.yml

{EXIT_CODES}""",
)


#: Formats that show fixes; drawing up and proving them takes time, so others go without.
_SHOW_FIXES = frozenset({"json", "sarif"})


def run(arguments: Arguments) -> int:
    """Judges the paths, writes each format to its place, and gives the verdict."""
    wanted, how_much = targets(arguments), detail(arguments)
    delivery.refuse_unwritable(wanted)
    return github_options.asking(
        arguments, lambda github: _checked(arguments, wanted, how_much, github)
    )


def _checked(
    arguments: Arguments,
    wanted: tuple[Target, ...],
    how_much: Detail,
    github: github_options.GitHub | None,
) -> int:
    layers = github.layers() if github else None
    if arguments.has("--show-config"):
        return show_config(arguments, layers)
    now = clock.now()
    settled = configuration.settled(arguments, now[:10], layers)
    report = check_paths(arguments, settled, now, github)
    config = settled.config
    status = delivery.verdict(report, fail_on=config.fail_on, strict=config.strict)
    delivery.deliver(report, wanted, color=arguments.one("--color"), detail=how_much)
    if failed := github_options.outage(github, config):
        return failed
    is_read = console.is_terminal() and how_much is not Detail.QUIET
    if report.summary.static_jobs and is_read and "-" not in arguments.given:
        console.remark(NEXT)
    if how_much is Detail.QUIET:
        delivery.name_doubts(status, report)
    delivery.explain_status(status, report)
    return status


#: Where to go from keys, for whoever has never been there.
NEXT = "next: `oidc-enforcer fix` shows the way to OIDC as a diff, and changes nothing"


def show_config(arguments: Arguments, github: configuration.OnGitHub | None = None) -> int:
    """Prints the effective configuration instead of checking anything."""
    from oidc_enforcer.reporters import settings

    found = configuration.effective(arguments, github)
    as_json = any(target.format == "json" for target in targets(arguments))
    console.write([settings.render_json(found)] if as_json else settings.render_text(found))
    return CLEAN


def check_paths(
    arguments: Arguments,
    settled: configuration.Settled,
    now: str,
    github: github_options.GitHub | None = None,
) -> Report:
    """The report on what the arguments name; `now` is `YYYY-MM-DDTHH:MMZ`."""
    from oidc_enforcer import gather

    facts = settled.facts(now)._replace(baseline=recorded(arguments))
    facts = facts._replace(repository=repository_options.repository(arguments, settled.config))
    facts = github.told(arguments, facts) if github else facts
    facts, gaps = policy_options.with_policies(arguments, facts)
    report = gather.check_paths(arguments.given or (".",), _options(arguments, facts, github))
    report = github.explained(report) if github else report
    repository = {"repository": facts.repository.full_name} if facts.repository else {}
    context = {**repository, "date": facts.today, **report.context, **settled.context}
    if settled.config.scope == "new" and not arguments.has("--baseline"):
        context["scope"] = (
            "new; without --baseline nothing is known to be old, so everything counts"
        )
    if not facts.judges_roles and report.summary.oidc_jobs:
        context["trust"] = NOT_JUDGED
        gaps = (Gap(policy_options.WHAT, NOT_JUDGED),) if settled.config.strict else ()
    more = [FileReport(policy_options.WHAT, coverage=gaps)] if gaps else []
    more += github.reports() if github else []
    if more:
        report = report._replace(files=Chain((report.files, more)))
    return report._replace(context=context)


def _options(
    arguments: Arguments, facts: Facts, github: github_options.GitHub | None
) -> gather.Options:
    """How the files are judged, as the formats need it and GitHub tells."""
    from oidc_enforcer import gather

    formats = {target.format for target in targets(arguments)}
    options = gather.Options(
        facts,
        fetch=policy_options.fetching(arguments, facts),
        excerpts=bool(formats - WITHOUT_EXCERPTS),
        stdin_name=arguments.one("--stdin-filename"),
        digest=delivery.digested if formats == {"json"} else None,
    )
    if formats & _SHOW_FIXES:
        options = _with_fixes(arguments, options)
    return github.options(options, (arguments.given or (".",))[0]) if github else options


def _with_fixes(arguments: Arguments, options: gather.Options) -> gather.Options:
    """The options, with fixes where they are wanted."""
    wanted = arguments.one("--fixes")
    if wanted == "never":
        return options
    from oidc_enforcer.fixes.proposal import Choices

    return options._replace(fixes=Choices(), most_fixed=_MOST_FIXED if wanted == "auto" else None)


def recorded(arguments: Arguments) -> Mapping[str, int]:
    """How often each finding is on record, by fingerprint."""
    if not arguments.has("--baseline"):
        return {}
    from oidc_enforcer import baseline
    from oidc_enforcer.cli.baseline_command import read

    return baseline.counts(read(arguments.one("--baseline")))


#: Said once where no trust policy was given, though there are jobs that assume roles.
NOT_JUDGED = "the trust policies of the roles: --policy FILE and --repo OWNER/NAME have them judged"
