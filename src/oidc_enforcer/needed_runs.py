"""Which runs of a repository its workflows need a role for, told from what their jobs present."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from oidc_enforcer.arn import RoleArn
from oidc_enforcer.iam.tokens import Repository
from oidc_enforcer.report import FileReport, JobReport, TokenReport


class NeededRuns(NamedTuple):
    """Runs as entries of `allowed`, and what was left out or could not be told, for people."""

    entries: tuple[str, ...]
    remarks: tuple[str, ...]


def needed_runs(files: Iterable[FileReport], repository: Repository, role: str = "") -> NeededRuns:
    """The runs of every job that assumes a role by OIDC.

    With a `role`, jobs that assume others, written out as ARNs, are left out. A run that may be on
    any branch is taken to be on the default one, and pull requests are left out: their code is
    unreviewed. All of this is said.
    """
    entries: dict[str, None] = {}
    remarks: dict[str, None] = {}
    for file in files:
        for job in file.jobs:
            assumed = [use.role for use in job.credentials if use.kind == "oidc"]
            where = f"job `{job.job}` of `{file.file}`"
            others = [name for name in map(_name, assumed) if name and role]
            if assumed and len(others) == len(assumed) and role not in others:
                own = ", ".join(f"`{name}`" for name in dict.fromkeys(others))
                remarks[f"{where} has a role of its own: {own}; its runs are left out"] = None
                continue
            if not assumed:
                continue
            for entry, remark in _of_job(job, where, repository):
                if entry:
                    entries[entry] = None
                if remark:
                    remarks[remark] = None
        remarks.update((f"not looked at: {gap.what}: {gap.reason}", None) for gap in file.coverage)
    return NeededRuns(tuple(entries), tuple(remarks))


def has_open_environment(files: Iterable[FileReport]) -> bool:
    """Whether some job that assumes a role by OIDC has an environment that only the run tells."""
    return any(
        "*" in token.claims.get("environment", "")
        for file in files
        for job in file.jobs
        if any(use.kind == "oidc" for use in job.credentials)
        for token in job.tokens
    )


def role_variables(files: Iterable[FileReport]) -> tuple[str, ...]:
    """The repository's variables that jobs take the ARNs of their roles from."""
    roles = (use.role for file in files for job in file.jobs for use in job.credentials)
    found = (re.fullmatch(r"\$\{\{ ?vars\.(\w+) ?\}\}", role) for role in roles)
    return tuple(dict.fromkeys(match[1] for match in found if match))


def _name(written: str) -> str:
    """The name of a role that is written out, "" for a reference."""
    found = RoleArn.parse(written)
    return found.name if found is not None else ""


def _of_job(job: JobReport, where: str, repository: Repository) -> Iterator[tuple[str, str]]:
    for gap in job.token_gaps:
        yield "", f"{where}: {gap}"
    for token in job.tokens:
        for unknown in token.unknown:
            yield "", f"{where}, on `{token.event}`: {unknown}"
        yield _of_token(token, where, repository)


def _of_token(token: TokenReport, where: str, repository: Repository) -> tuple[str, str]:
    environment, ref = token.claims.get("environment"), token.claims.get("ref", "")
    if environment is not None:
        if "*" in environment:
            said = f"{where}, on `{token.event}`: its environment is not told; add `--allow"
            return "", f"{said} environment:NAME`"
        return f"environment:{environment}", ""
    if ref.startswith("refs/pull/"):
        said = f"{where} runs on pull requests, which are left out; `--allow pull-request`"
        return "", f"{said} lets them in"
    for kind, prefix in (("branch", "refs/heads/"), ("tag", "refs/tags/")):
        if ref.startswith(prefix):
            return _of_ref(kind, ref.removeprefix(prefix), token.event, where, repository)
    return "", f"{where}, on `{token.event}`: its ref is not told; add `--allow branch:NAME`"


def _of_ref(
    kind: str, name: str, event: str, where: str, repository: Repository
) -> tuple[str, str]:
    if name != "*":
        is_pattern = any(mark in name for mark in "*?")
        return f"{kind}:{name}", f"{where} runs on {kind} `{name}`" if is_pattern else ""
    said = f"{where} may run on any {kind} by `{event}`"
    if kind == "branch":
        branch = repository.default_branch
        return f"branch:{branch}", f"{said}; only `{branch}` is let in"
    return "", f"{said}; none is let in, `--allow tag:NAME` lets some in"
