"""Brings files and judgement together: reads, triages, judges, and counts.

`selection` tells which files of a tree matter, `scan` judges them, `coverage` says what was looked
at and what was not.
"""

from __future__ import annotations

import gc
from collections.abc import Sequence
from typing import TYPE_CHECKING

from oidc_enforcer import files
from oidc_enforcer.errors import UserError
from oidc_enforcer.facts import Facts
from oidc_enforcer.gather import coverage
from oidc_enforcer.gather.options import Options as Options
from oidc_enforcer.gather.options import with_policies as with_policies
from oidc_enforcer.gather.repository import about_secrets
from oidc_enforcer.gather.selection import begin, bytes_of
from oidc_enforcer.records import NamedTuple
from oidc_enforcer.report import Chain, FileReport, Gap, Report, Tally, tally
from oidc_enforcer.source import SourceFile

if TYPE_CHECKING:
    from oidc_enforcer.gather.scan import Scan
    from oidc_enforcer.workflow.surroundings import Surroundings


def check_paths(paths: Sequence[str], options: Options | None = None) -> Report:
    """Judges repositories and files, `-` being standard input; raises UserError for bad paths."""
    chosen = options or Options()
    gc_was_on = gc.isenabled()
    # NOTE: trees hold no cycles, so counting references frees them; collecting costs a third more.
    gc.disable()
    try:
        return _Run(chosen).report(paths)
    finally:
        if gc_was_on:
            gc.enable()


class Prepared(NamedTuple):
    """The files of a path that matter, read, and what stands around them.

    `elsewhere` are those that were fetched of other repositories: judged, and theirs to mend.
    """

    sources: tuple[tuple[SourceFile, bool | None], ...]
    elsewhere: tuple[tuple[SourceFile, bool | None], ...]
    around: Surroundings
    gaps: tuple[Gap, ...]


def prepare(tree: files.Tree, options: Options) -> Prepared:
    """What `fix` works on: the files that `check` would judge, all of them at hand."""
    scan = _scan(tree, options)
    own: list[tuple[SourceFile, bool | None]] = []
    elsewhere: list[tuple[SourceFile, bool | None]] = []
    gaps = [*tree.gaps]
    for found in scan.choose().files:
        data = bytes_of(tree, found)
        if isinstance(data, Gap):
            gaps.append(data)
        else:
            kept = elsewhere if found.path in tree.elsewhere else own
            kept.append((SourceFile.decode(found.path, data), found.is_action))
    return Prepared(tuple(own), tuple(elsewhere), scan.around(), (*gaps, *scan.chosen.gaps))


def _scan(tree: files.Tree, options: Options) -> Scan:
    """NOTE: what judges is imported while a child looks at a large tree already."""
    choosing = begin(tree, triage=options.triage, may_fork=options.may_fork)
    from oidc_enforcer.gather.scan import Scan

    return Scan(tree, options, choosing)


class _Run:
    """What comes together while one path after the other is judged."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.parts: list[Sequence[FileReport]] = []
        self.tally = Tally()
        self.looked_at = self.unrelated = 0
        self.seen: list[tuple[Facts, int]] = []
        self.is_whole = True
        self.unfixed: dict[str, str] = {}

    def report(self, paths: Sequence[str]) -> Report:
        """The report on all paths, each once."""
        given = (path for path in paths if path != "-")
        trees = dict(files.find_all(given, self.options.trees))
        for path in dict.fromkeys(paths):
            if path == "-":
                self._add_stdin()
            elif path in trees:
                self._add_tree(path, trees[path])
        facts = self.options.facts
        about = list(coverage.about_configuration(self.parts, facts, is_whole=self.is_whole))
        self.parts += [about] if about else []
        for report in about:
            self.tally = self.tally.plus(tally(report))
        reports = self.parts[0] if len(self.parts) == 1 else Chain(self.parts)
        summary = self.tally.summary(files=self.looked_at, unrelated_files=self.unrelated)
        context = {
            **coverage.break_glass(facts),
            **coverage.looked_at(self.seen),
            **coverage.of_sources(self.seen),
            **self.unfixed,
        }
        return Report(reports, summary, context, unseen=self.tally.unseen)

    def _add_stdin(self) -> None:
        from oidc_enforcer.gather.scan import report_on
        from oidc_enforcer.workflow.reading import read
        from oidc_enforcer.workflow.surroundings import Surroundings

        data = files.read_stdin()
        if not data.strip():
            raise UserError(
                "standard input is empty: there is nothing to judge",
                hint="`-` stands for a workflow or an action that is piped into it",
            )
        source = SourceFile.decode(self.options.stdin_name, data)
        report = report_on(read(source, Surroundings()), self.options)
        self.parts.append([report])
        self.tally = self.tally.plus(tally(report))
        self.looked_at += 1
        self.is_whole = False

    def _add_tree(self, path: str, found: files.Tree) -> None:
        tree = coverage.without_ignored(found, self.options.facts)
        scan = _scan(tree, self.options)
        self.parts.append(scan.run())
        self.tally = self.tally.plus(scan.tally)
        self.looked_at += len(tree.files)
        self.is_whole = self.is_whole and all(one.is_action is not None for one in tree.files)
        self.unrelated += scan.chosen.unrelated
        self.unfixed |= scan.unfixed
        self.seen.append((scan.options.facts, len(tree.elsewhere)))
        about = about_secrets(found, scan.options.facts)
        if about is not None:
            self.parts.append([about])
            self.tally = self.tally.plus(tally(about))
        gaps = (*tree.gaps, *scan.chosen.gaps)
        if gaps:
            about_tree = FileReport(path, coverage=gaps)
            self.parts.append([about_tree])
            self.tally = self.tally.plus(tally(about_tree))
