"""`oidc-enforcer subjects`: prints the OIDC tokens that each job can present."""

from __future__ import annotations

from oidc_enforcer.cli import (
    CLEAN,
    UNVERIFIED,
    clock,
    configuration,
    console,
    github_options,
    repository_options,
)
from oidc_enforcer.cli.commands import HELP, Arguments, Command, Option
from oidc_enforcer.cli.parser import exit_codes
from oidc_enforcer.report import Report

_EXIT_CODES = exit_codes(
    clean="printed", unverified="--github, --remote: GitHub could not be asked"
)
COMMAND = Command(
    "subjects",
    "print which OIDC tokens each job can present",
    "oidc-enforcer subjects --repo OWNER/NAME [OPTION...] [PATH...]",
    "PATH",
    "a repository's folder, or a workflow file (default: .)",
    (
        *repository_options.OPTIONS,
        *github_options.OPTIONS,
        Option(("--format",), "text or json (default: text)", "FORMAT", ("text", "json"), "text"),
        HELP,
    ),
    epilog=f"""\
A `*` stands for whatever may stand there: any branch, or what no file tells. Git's remotes are not
looked at: which repository this is, is only known from --repo.

examples:
  oidc-enforcer subjects --repo acme/app
  oidc-enforcer subjects --repo acme/app --repo-id 2001 --owner-id 1001 --subject-form immutable
  oidc-enforcer subjects --repo acme/app --github    the ids, and how GitHub makes them
  oidc-enforcer subjects --repo acme/app --format json .github/workflows/deploy.yml

{_EXIT_CODES}""",
)


def run(arguments: Arguments) -> int:
    """Reads the workflows and prints what their jobs present."""
    repository_options.refuse_none(arguments)
    return github_options.asking(arguments, lambda github: _print(arguments, github))


def _print(arguments: Arguments, github: github_options.GitHub | None) -> int:
    report = _report(arguments, github)
    console.write(_chunks(arguments.one("--format"), report))
    gaps = github.gaps() if github else ()
    console.remark(*(f"not known: {gap.reason}" for gap in gaps))
    # NOTE: what is printed are the subjects, so how they are made is what this command is about.
    return UNVERIFIED if github is not None and github.trouble else CLEAN


def _report(arguments: Arguments, github: github_options.GitHub | None) -> Report:
    from oidc_enforcer import gather
    from oidc_enforcer.facts import Facts

    layers = github.layers() if github else None
    config = configuration.settled(arguments, clock.now()[:10], layers).config
    repository = repository_options.required(arguments, config)
    facts, paths = Facts(config=config, repository=repository), arguments.given or (".",)
    options = gather.Options(facts, triage=False)
    if github is not None:
        from oidc_enforcer.github_sources import Asked

        options = options._replace(facts=github.told(arguments, facts))
        options = github.options(options, paths[0], Asked(guards=False, secrets=False))
    return gather.check_paths(paths, options)


def _chunks(name: str, report: Report) -> list[str]:
    from oidc_enforcer.reporters import subjects

    return list(subjects.as_json(report) if name == "json" else subjects.as_text(report))
