"""Reads files, mends them in memory, and writes them when told to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from oidc_enforcer import files, gather
from oidc_enforcer.facts import Facts
from oidc_enforcer.files import Tree
from oidc_enforcer.finding import Finding, Fix
from oidc_enforcer.fixes import aftercare
from oidc_enforcer.fixes.aftercare import Aftercare
from oidc_enforcer.fixes.proposal import Choices
from oidc_enforcer.mending import Bench, Mended, every, safe
from oidc_enforcer.report import FileReport, Gap, Report, summarise
from oidc_enforcer.source import SourceFile


class Changed(NamedTuple):
    """A file whose text is another one now."""

    before: SourceFile
    after: SourceFile

    @property
    def path(self) -> str:
        """Its path as the user knows it."""
        return self.before.path


class Repairs(NamedTuple):
    """What was done: to each file that was judged, and which texts changed for it.

    `elsewhere` are the files of other repositories that were fetched: nothing was done to them,
    but a change of their callers may settle what is found there.
    """

    mended: tuple[Mended, ...]
    changed: tuple[Changed, ...]
    gaps: tuple[Gap, ...]
    elsewhere: tuple[Mended, ...] = ()

    @property
    def judged(self) -> tuple[Mended, ...]:
        """All files that `check` would judge."""
        return (*self.mended, *self.elsewhere)


def repair(
    paths: Sequence[str],
    facts: Facts,
    choices: Choices,
    wanted: Callable[[Finding, Fix], bool],
    trees: Mapping[str, Tree] | None = None,
    *,
    named_alone: bool = True,
) -> Repairs:
    """Mends everything below the paths, in memory; raises UserError for bad paths.

    `trees` are those that are not looked up on disk, by the path that stands for each. Where files
    are named, no others are changed, unless `named_alone` is false.
    """
    mended: list[Mended] = []
    changed: list[Changed] = []
    gaps: list[Gap] = []
    elsewhere: list[Mended] = []
    for _, tree in files.find_all(paths, trees):
        prepared = gather.prepare(tree, gather.Options(facts))
        gaps += prepared.gaps
        named = frozenset(one.path for one in tree.files) if tree.is_named and named_alone else None
        bench = Bench(prepared.around, facts, choices, named)
        sources = {source.path: (source, is_action) for source, is_action in prepared.sources}
        done: dict[str, Mended] = {}
        called = [_elsewhere(bench, prepared)]
        # NOTE: a safe fix of one file may make an unsafe one of another needless.
        for wish in (safe, every) if wanted is every else (wanted,):
            again = _sweep(bench, sources.values(), wish, done)
            # NOTE: nobody is asked twice.
            while again and wish in (safe, every):
                again = _sweep(bench, sources.values(), wish, done)
            if again:
                _sweep(bench, sources.values(), _never, done)
        mended += done.values()
        called.append(_elsewhere(bench, prepared))
        elsewhere += (Mended(then.file, one, then, ()) for one, then in zip(*called, strict=True))
        read = {name: source for name, (source, _) in sources.items()}
        changed += _changed(bench, read, tree.read)
    return Repairs(tuple(mended), tuple(changed), tuple(gaps), tuple(elsewhere))


def _elsewhere(bench: Bench, prepared: gather.Prepared) -> list[FileReport]:
    """What there is to say of the files of other repositories by now."""
    return [
        bench.judge_elsewhere(source, is_action=is_action)
        for source, is_action in prepared.elsewhere
    ]


def _sweep(
    bench: Bench,
    sources: Iterable[tuple[SourceFile, bool | None]],
    wanted: Callable[[Finding, Fix], bool],
    done: dict[str, Mended],
) -> bool:
    """Mends every file once; whether one of the fixes changed what was said of other files."""
    reaches = False
    for source, is_action in sources:
        # NOTE: what could not be decoded cannot be written back as it was.
        may = wanted if source.decode_problem is None else _never
        found = bench.mend(source, may, is_action=is_action)
        reaches = reaches or any(one.fix.elsewhere for one in found.applied)
        done[source.path] = _both(done.get(source.path), found)
    return reaches


def _both(first: Mended | None, then: Mended) -> Mended:
    if first is None:
        return then
    applied = (*first.applied, *then.applied)
    return then._replace(before=first.before, applied=applied, stored=first.stored | then.stored)


def _never(finding: Finding, fix: Fix) -> bool:
    return False


def _changed(
    bench: Bench, sources: dict[str, SourceFile], read: Callable[[str], bytes]
) -> Iterable[Changed]:
    for path, after in sorted(bench.texts.items()):
        before = sources.get(path) or SourceFile.decode(path, read(path))
        if before.text != after.text:
            yield Changed(before, after)


def left_behind(paths: Sequence[str], done: Repairs) -> Aftercare:
    """What no workflow reads any more once the changed files are in use."""
    after = {one.path: one.after.text for one in done.changed}
    texts: dict[str, str] = {}
    for path in dict.fromkeys(paths):
        for found in files.find(path).files:
            if found.path in after:
                texts[found.path] = after[found.path]
            else:
                texts[found.path] = SourceFile.decode(found.path, files.read(found.path)).text
    stored = frozenset(name for one in done.mended for name in one.stored)
    return aftercare.of(stored, texts)


def write(done: Repairs) -> None:
    """Writes every changed file, each in one step; raises UserError where that cannot be."""
    for one in done.changed:
        old, new = (one.before.encode(file.text) for file in (one.before, one.after))
        files.replace(one.path, old, new)


def report(done: Repairs, *, written: bool) -> Report:
    """What is in the files when the command ends."""
    reports = [one.after if written else one.before for one in done.judged]
    summary = summarise(reports, files=len(done.judged))
    if done.gaps:
        reports.append(FileReport("", coverage=done.gaps))
    unseen = sum(gap.fails for one in reports for gap in one.coverage)
    return Report(reports, summary, unseen=unseen)
