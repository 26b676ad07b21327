"""`oidc-enforcer baseline`: puts today's findings on record, and lets none be added."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from oidc_enforcer.cli import (
    CLEAN,
    FINDINGS,
    clock,
    configuration,
    console,
    github_options,
    policy_options,
    repository_options,
)
from oidc_enforcer.cli.commands import HELP, Arguments, Command, Option
from oidc_enforcer.cli.options import FAIL_ON
from oidc_enforcer.cli.parser import chosen, exit_codes
from oidc_enforcer.errors import UserError

if TYPE_CHECKING:
    from oidc_enforcer.baseline import Baseline
    from oidc_enforcer.finding import Finding
    from oidc_enforcer.report import Report

#: So many things that were not looked at are named.
_MOST_SAID = 20
ACTIONS = ("write", "check", "update")
FILE = Option(
    ("--file",),
    "the baseline (default: .github/oidc-enforcer-baseline.json)",
    "FILE",
    default=".github/oidc-enforcer-baseline.json",
)
_EXIT_CODES = exit_codes(
    clean="write, update: done; check: everything is on record",
    findings="check: a new finding at or above --fail-on, or more on record than --against has",
    unverified="what was to be asked of AWS or GitHub could not be had",
)
COMMAND = Command(
    "baseline",
    "put today's findings on record, so that only new ones fail",
    "oidc-enforcer baseline write|check|update [OPTION...] [PATH...]",
    "ACTION",
    "write makes the file, check fails for what is not in it, update takes out what is fixed;"
    " then what is to be judged (default: .)",
    (
        FILE,
        Option(
            ("--against",),
            "with check: an earlier baseline, of which this one may record nothing more",
            "FILE",
        ),
        FAIL_ON,
        configuration.CONFIG,
        configuration.ORG_CONFIG,
        *policy_options.OPTIONS,
        *repository_options.OPTIONS,
        *github_options.OPTIONS,
        HELP,
    ),
    ACTIONS,
    epilog=f"""\
examples:
  oidc-enforcer baseline write      record what is there today; commit the file
  oidc-enforcer check --baseline .github/oidc-enforcer-baseline.json
  oidc-enforcer baseline check      the same, and say which records are no longer needed
  oidc-enforcer baseline update     take these out
  oidc-enforcer baseline write --repo acme/app --github --policy roles.json    all that is judged
  git show origin/main:.github/oidc-enforcer-baseline.json > before.json
  oidc-enforcer baseline check --against before.json

{_EXIT_CODES}""",
)


def run(arguments: Arguments) -> int:
    """Writes, checks or updates the baseline of the paths given."""
    action, *paths = arguments.given or ("",)
    chosen(action, ACTIONS, "action")
    if action != "check" and arguments.has("--against"):
        raise UserError("--against is given and `check` is not", "write `baseline check`")
    arguments = arguments._replace(given=tuple(paths))
    return github_options.asking(arguments, lambda github: _run(arguments, action, github))


def _run(arguments: Arguments, action: str, github: github_options.GitHub | None) -> int:
    now = clock.now()
    settled = configuration.settled(arguments, now[:10], github.layers() if github else None)
    report = _judged(arguments, settled, now, github)
    findings = [finding for file in report.files for finding in file.findings]
    # NOTE: before anything is written: what could not be judged must not look fixed.
    if failed := github_options.outage(github, settled.config):
        return failed
    path = arguments.one("--file")
    if action == "write":
        return _write(path, findings)
    if action == "update":
        return _update(path, findings)
    return _check(arguments, path, findings, settled.config.fail_on)


def _judged(
    arguments: Arguments,
    settled: configuration.Settled,
    now: str,
    github: github_options.GitHub | None,
) -> Report:
    """What `check` would report with the same options; what was not looked at is said."""
    from oidc_enforcer import gather

    facts, paths = settled.facts(now), arguments.given or (".",)
    facts = facts._replace(repository=repository_options.repository(arguments, settled.config))
    facts = github.told(arguments, facts) if github else facts
    facts, gaps = policy_options.with_policies(arguments, facts)
    fetch = policy_options.fetching(arguments, facts)
    options = gather.Options(facts, fetch, excerpts=False)
    options = github.options(options, paths[0]) if github else options
    report = gather.check_paths(paths, options)
    report = github.explained(report) if github else report
    unseen = [gap for file in report.files for gap in file.coverage if not gap.is_chosen]
    unseen += (*gaps, *(github.gaps() if github else ()))
    said = [f"not looked at: {gap.what}: {gap.reason}" for gap in dict.fromkeys(unseen)]
    console.remark(*said[:_MOST_SAID])
    if len(said) > _MOST_SAID:
        console.remark(f"not looked at: {len(said) - _MOST_SAID} more, which `check` names")
    return report


def read(path: str) -> Baseline:
    """The baseline in a file; raises UserError where there is none."""
    from oidc_enforcer import baseline, files
    from oidc_enforcer.source import SourceFile

    if not os.path.lexists(path):
        raise UserError(f"no baseline `{path}`", "`oidc-enforcer baseline write` makes one")
    return baseline.load(SourceFile.decode(path, files.read(path)))


def _write(path: str, findings: list[Finding]) -> int:
    from oidc_enforcer import baseline

    found = baseline.of(findings)
    if os.path.lexists(path):
        more = baseline.risen(read(path), found)
        if more:
            first = next(iter(more.values()))
            raise UserError(
                f"`{path}` would grow by {_records(more)}, first {first.words}",
                "fix the finding, or grant an exception with an end; a baseline only shrinks",
            )
    console.write_file(path, [baseline.dump(found)])
    console.tell([f"{path}: {_records(found)}"])
    return CLEAN


def _update(path: str, findings: list[Finding]) -> int:
    from oidc_enforcer import baseline

    before = read(path)
    after = baseline.updated(before, findings)
    console.write_file(path, [baseline.dump(after)])
    gone = baseline.compare(before, findings).fixed
    taken_out = sum(one.times for one in gone.values())
    console.tell([f"{path}: {_records(after)}, {taken_out} taken out"])
    return CLEAN


def _check(arguments: Arguments, path: str, findings: list[Finding], fail_on: str) -> int:
    from oidc_enforcer import baseline

    known = read(path)
    found = baseline.compare(known, findings)
    grown: Baseline = {}
    if arguments.has("--against"):
        grown = baseline.risen(read(arguments.one("--against")), known)
    console.tell(f"recorded although it was not before: {one.words}" for one in grown.values())
    console.tell(
        f"{_place(one)}: new: {one.severity.word}[{one.rule}] {one.message}" for one in found.new
    )
    console.tell(f"fixed, and can be taken out: {one.words}" for one in found.fixed.values())
    new = len(found.new)
    console.tell([f"{new} new, {len(findings) - new} on record, {_records(found.fixed)} fixed"])
    return FINDINGS if grown or any(one.severity.fails(fail_on) for one in found.new) else CLEAN


def _place(finding: Finding) -> str:
    region = finding.place.region
    return f"{finding.place.file}:{region.line}:{region.column}"


def _records(baseline: Baseline) -> str:
    number = sum(one.times for one in baseline.values())
    return f"{number} record" if number == 1 else f"{number} records"
