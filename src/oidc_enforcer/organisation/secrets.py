"""Which of an organisation's AWS keys no repository reads any more that may."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from oidc_enforcer.check.repository import judge
from oidc_enforcer.facts import Facts
from oidc_enforcer.github.organisations import Listed
from oidc_enforcer.github.stored_secrets import Shared
from oidc_enforcer.report import FileReport
from oidc_enforcer.stored_secrets import Secrets
from oidc_enforcer.workflow.secret_reads import SecretReads

#: Doubts about one secret that are kept; the first is what is said.
_MOST_DOUBTS = 5


def orphans(
    organisation: str,
    shared: Iterable[Shared],
    repositories: Iterable[Listed],
    reads: Mapping[str, SecretReads],
    facts: Facts,
    unseen: str,
) -> Iterator[FileReport]:
    """A report for each set of secrets that the same repositories may read.

    `reads` has what each repository reads that was looked at; `unseen` says what was not looked at
    besides, "" where nothing was left out on purpose.
    """
    groups: dict[tuple[str, frozenset[str] | None], list[Shared]] = {}
    for one in shared:
        groups.setdefault((one.visibility, one.repositories), []).append(one)
    known = tuple(repositories)
    for secrets in groups.values():
        asked = Secrets(organisation, tuple(one.secret for one in secrets), is_everywhere=True)
        subject = _read(secrets[0], known, reads, unseen)
        report = judge(subject, facts._replace(secrets=asked))
        if report.findings or report.skipped or report.suppressed:
            yield report


def _read(
    one: Shared, repositories: Iterable[Listed], reads: Mapping[str, SecretReads], unseen: str
) -> SecretReads:
    """What those read that may read it; a repository that was not looked at is a doubt."""
    names: set[str] = set()
    doubts = [unseen] if unseen else []
    for repository in repositories:
        if not _may_read(repository, one):
            continue
        found = reads.get(repository.name)
        if found is None:
            doubts.append(f"{repository.name} was not looked at")
        else:
            names |= found.names
            doubts += (f"{repository.name}: {doubt}" for doubt in found.doubts)
        del doubts[_MOST_DOUBTS:]
    return SecretReads(frozenset(names), tuple(doubts))


def _may_read(repository: Listed, one: Shared) -> bool:
    if one.repositories is not None:
        return repository.name.lower() in one.repositories
    return one.visibility == "all" or repository.visibility != "public"
