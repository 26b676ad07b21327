"""`oidc-enforcer subjects`: prints the OIDC tokens that each job can present."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oidc_enforcer.cli import CLEAN, console, repository_options
from oidc_enforcer.cli.commands import HELP, Arguments, Command, Option
from oidc_enforcer.cli.parser import exit_codes
from oidc_enforcer.report import Report

if TYPE_CHECKING:
    from oidc_enforcer.iam.tokens import Repository

COMMAND = Command(
    "subjects",
    "print which OIDC tokens each job can present",
    "oidc-enforcer subjects --repo OWNER/NAME [OPTION...] [PATH...]",
    "PATH",
    "a repository's folder, or a workflow file (default: .)",
    (
        *repository_options.OPTIONS,
        Option(("--format",), "text or json (default: text)", "FORMAT", ("text", "json"), "text"),
        HELP,
    ),
    epilog=f"""\
A `*` stands for whatever may stand there: any branch, or what no file tells. Git's remotes are not
looked at: which repository this is, is only known from --repo.

examples:
  oidc-enforcer subjects --repo acme/app
  oidc-enforcer subjects --repo acme/app --repo-id 2001 --owner-id 1001 --subject-form immutable
  oidc-enforcer subjects --repo acme/app --format json .github/workflows/deploy.yml

{exit_codes(clean="printed")}""",
)


def run(arguments: Arguments) -> int:
    """Reads the workflows and prints what their jobs present."""
    repository = repository_options.required(arguments)
    report = _report(arguments, repository)
    console.write(_chunks(arguments.one("--format"), report))
    return CLEAN


def _report(arguments: Arguments, repository: Repository) -> Report:
    from oidc_enforcer import gather
    from oidc_enforcer.facts import Facts

    options = gather.Options(Facts(repository=repository), triage=False)
    return gather.check_paths(arguments.given or (".",), options)


def _chunks(name: str, report: Report) -> list[str]:
    from oidc_enforcer.reporters import subjects

    return list(subjects.as_json(report) if name == "json" else subjects.as_text(report))
