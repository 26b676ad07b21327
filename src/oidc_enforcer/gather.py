"""Brings files and judgement together: reads, triages, judges, and counts."""

from __future__ import annotations

import gc
import marshal
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from oidc_enforcer import check, files, forking
from oidc_enforcer.errors import UserError
from oidc_enforcer.facts import Facts, Unavailable
from oidc_enforcer.files import Found, Tree
from oidc_enforcer.report import NOT_FETCHED, Chain, FileReport, Gap, Report, Tally, tally
from oidc_enforcer.source import SourceFile
from oidc_enforcer.workflow import reading
from oidc_enforcer.workflow.model import Action, Workflow
from oidc_enforcer.workflow.parse import parse
from oidc_enforcer.workflow.surroundings import Surroundings
from oidc_enforcer.workflow.triage import foreign_calls, is_related, local_calls
from oidc_enforcer.yaml_tree import is_well_formed

if TYPE_CHECKING:
    from oidc_enforcer.fixes.proposal import Choices
    from oidc_enforcer.policies import Policies
    from oidc_enforcer.spool import Spool

#: Below this many related files a second process costs more than it saves.
_WORTH_A_PROCESS = 300
#: The same for files that are only looked at for words, which is ten times as fast.
_WORTH_A_TRIAGE = 2000
#: Paths of files that matter, what each file may call, and gaps: all that `marshal` can carry.
_Triage = tuple[list[str], dict[str, list[str]], list[tuple[str, str]]]


class Options(NamedTuple):
    """How to gather. Without `triage` every file is judged, and every step of it looked at: the
    same report, more slowly.

    `excerpts` keeps the lines of source that formats show; masking them takes a while.
    `fixes` says what proven fixes should be like; None draws up none, which is faster, too. Trees
    with more than `most_fixed` files that matter go without, and the report says so.
    `trees` are those that are not on disk, by the path that stands for each.
    `fetch` gets the ARNs of all roles that the workflows assume, once, and returns their policies.
    """

    facts: Facts = Facts()
    fetch: Callable[[tuple[str, ...]], Policies] | None = None
    triage: bool = True
    excerpts: bool = True
    processes: int = 2
    stdin_name: str = "stdin.yml"
    fixes: Choices | None = None
    most_fixed: int | None = None
    trees: Mapping[str, Tree] = {}


def check_paths(paths: Sequence[str], options: Options | None = None) -> Report:
    """Judges repositories and files, `-` being standard input; raises UserError for bad paths."""
    chosen = options or Options()
    gc_was_on = gc.isenabled()
    # NOTE: trees hold no cycles, so counting references frees them; collecting costs a third more.
    gc.disable()
    try:
        return _check(paths, chosen)
    finally:
        if gc_was_on:
            gc.enable()


def with_policies(facts: Facts, policies: Policies) -> Facts:
    """The facts with the roles and providers of more sources; those already known go before."""
    return facts._replace(
        roles={**policies.roles(), **facts.roles},
        providers={**policies.providers, **facts.providers},
        judges_roles=True,
    )


def check_text(name: str, text: SourceFile, facts: Facts, *, excerpts: bool = True) -> FileReport:
    """Judges one text that is at hand, without neighbours."""
    return check.judge(reading.read(text, Surroundings()), facts, excerpts=excerpts)


class Prepared(NamedTuple):
    """The files of a path that matter, read, and what stands around them."""

    sources: tuple[tuple[SourceFile, bool | None], ...]
    around: Surroundings
    gaps: tuple[Gap, ...]


def prepare(path: str, options: Options) -> Prepared:
    """What `fix` works on: the files that `check` would judge, all of them at hand."""
    tree = files.find(path)
    scan = _Scan(tree, options)
    sources = []
    for found in scan.choose():
        data = scan.bytes_of(found)
        if data is not None:
            sources.append((SourceFile.decode(found.path, data), found.is_action))
    return Prepared(tuple(sources), scan.around(), (*tree.gaps, *scan.gaps))


def _report(read: reading.Reading, options: Options) -> FileReport:
    report = check.judge(read, options.facts, excerpts=options.excerpts)
    if options.fixes is None or not report.findings:
        return report
    from oidc_enforcer import remedies

    return remedies.with_fixes(read, report, options.facts, options.fixes)


def _check(paths: Sequence[str], options: Options) -> Report:
    parts: list[Sequence[FileReport]] = []
    total = Tally()
    looked_at = unrelated = 0
    seen: list[tuple[Facts, int]] = []
    is_whole = True
    unfixed: dict[str, str] = {}
    for path in dict.fromkeys(paths):
        if path == "-":
            data = sys.stdin.buffer.read(files.MAX_BYTES + 1)
            source = SourceFile.decode(options.stdin_name, data)
            report = _report(reading.read(source, Surroundings()), options)
            parts.append([report])
            total = total.plus(tally(report))
            looked_at += 1
            is_whole = False
            continue
        tree = _without_ignored(options.trees.get(path) or files.find(path), options.facts)
        job = _Scan(tree, options)
        parts.append(job.run())
        total = total.plus(job.tally)
        looked_at += len(tree.files)
        is_whole = is_whole and all(found.is_action is not None for found in tree.files)
        unrelated += job.unrelated
        unfixed |= job.unfixed
        seen.append((job.options.facts, len(tree.elsewhere)))
        gaps = (*tree.gaps, *job.gaps)
        if gaps:
            parts.append([FileReport(path, coverage=gaps)])
    about = list(_about_configuration(parts, options.facts, is_whole=is_whole))
    parts += [about] if about else []
    for report in about:
        total = total.plus(tally(report))
    reports: Sequence[FileReport] = parts[0] if len(parts) == 1 else Chain(parts)
    summary = total.summary(files=looked_at, unrelated_files=unrelated)
    return Report(reports, summary, {**_break_glass(options.facts), **_looked_at(seen), **unfixed})


def _without_ignored(tree: Tree, facts: Facts) -> Tree:
    """The tree without the files that `paths-ignore` leaves out, which become gaps."""
    if not facts.config.paths_ignore:
        return tree
    from oidc_enforcer.config.globs import matches

    kept: list[Found] = []
    gaps = list(tree.gaps)
    for found in tree.files:
        path = found.path.removeprefix(tree.root)
        if any(matches(pattern, path) for pattern in facts.config.paths_ignore):
            gaps.append(Gap(found.path, "left out by `paths-ignore`", is_chosen=True))
        else:
            kept.append(found)
    return tree._replace(files=tuple(kept), gaps=tuple(gaps))


def _about_configuration(
    parts: Sequence[Sequence[FileReport]], facts: Facts, *, is_whole: bool
) -> Iterator[FileReport]:
    """What there is to say of the configuration's files, once all others have been judged."""
    if not (facts.config.exceptions or facts.pending_exceptions or facts.refusals):
        return
    from oidc_enforcer.check.excuses import of_configuration

    used = {
        one.granted
        for part in parts
        for report in part
        for one in report.suppressed
        if one.granted is not None
    }
    yield from of_configuration(facts, used, is_whole=is_whole)


def _break_glass(facts: Facts) -> dict[str, str]:
    """What the report has to say loudly: exceptions in force that somebody approved for hours."""
    if not any(one.approver for one in facts.config.exceptions):
        return {}
    from oidc_enforcer.check.excuses import break_glass

    said = "; ".join(break_glass(facts))
    return {"break_glass": said} if said else {}


def _looked_at(seen: Iterable[tuple[Facts, int]]) -> dict[str, str]:
    """What was looked at besides the files: roles, environments, branches, callees elsewhere."""
    counts = {"role": 0, "environment": 0, "branch": 0, "callee of other repositories": 0}
    for facts, elsewhere in seen:
        counts["role"] += sum(not isinstance(one, Unavailable) for one in facts.roles.values())
        if facts.protection is not None:
            known = facts.protection.environments.values()
            counts["environment"] += sum(not isinstance(one, Unavailable) for one in known)
            counts["branch"] += len(facts.protection.branches)
        counts["callee of other repositories"] += elsewhere
    said = [f"{name}: {number}" for name, number in counts.items() if number]
    return {"looked_at": ", ".join(said)} if said else {}


class _Scan:
    """One tree: which of its files matter, who calls whom, and their reports."""

    def __init__(self, tree: Tree, options: Options) -> None:
        self.tree = tree
        self.options = options
        self.unrelated = 0
        self.tally = Tally()
        self.gaps: list[Gap] = []
        self.callers: dict[str, tuple[str, ...]] = {}
        self.unfixed: dict[str, str] = {}

    def run(self) -> Sequence[FileReport]:
        """Judges the files that matter; `unrelated` then counts the others."""
        chosen = self.choose()
        if self.options.facts.judges_roles and self.options.facts.repository is not None:
            self.options = self.options._replace(facts=self._asked(chosen))
        self._limit_fixes(len(chosen))
        if len(chosen) < _WORTH_A_PROCESS:
            return list(self._judge(chosen))
        if self._may_fork:
            return self._in_two_processes(chosen)
        spool = _spool()
        self._judge_into(spool, chosen)
        return spool

    def _limit_fixes(self, files: int) -> None:
        """Proving a fix judges its file again: where that would take long it is left out, said."""
        most = self.options.most_fixed
        if self.options.fixes is not None and most is not None and files > most:
            self.options = self.options._replace(fixes=None)
            self.unfixed = {"fixes": f"left out, as more than {most} files matter"}

    @property
    def _may_fork(self) -> bool:
        return self.options.processes > 1 and forking.CAN_FORK

    # -- choosing -------------------------------------------------------------------------------

    def choose(self) -> list[Found]:
        """Files with AWS text, files that call them, and files whose syntax needs a closer look."""
        found = self.tree.files
        if len(found) < _WORTH_A_TRIAGE or not self._may_fork:
            return self._with_callers(*self._triage(found))
        middle = len(found) // 2
        wait = forking.start(lambda: marshal.dumps(self._triage(found[middle:])))
        related, calls, gaps = self._triage(found[:middle])
        answer = wait()
        rest = marshal.loads(answer) if answer is not None else self._triage(found[middle:])
        return self._with_callers(related + rest[0], calls | rest[1], gaps + rest[2])

    def _triage(self, part: Sequence[Found]) -> _Triage:
        """The files that matter by themselves, what each file may call, and what is unreadable."""
        related: list[str] = []
        calls: dict[str, list[str]] = {}
        self.gaps = []
        for found in part:
            data = self.bytes_of(found)
            if data is None:
                continue
            if not self.options.triage or is_related(data) or not is_well_formed(data):
                related.append(found.path)
            else:
                self._note_foreign(data)
            called = [(self.tree.root + path).rstrip("/") for path in local_calls(data)]
            if called and found.path not in self.tree.elsewhere:
                calls[found.path] = called
        return related, calls, [(gap.what, gap.reason) for gap in self.gaps]

    def _note_foreign(self, data: bytes) -> None:
        """Calls that an unrelated file makes: what is called may use AWS all the same."""
        for name in foreign_calls(data):
            repository, _, ref = name.partition("@")
            gap = Gap(name, NOT_FETCHED)
            if f"{repository.lower()}@{ref}" not in self.tree.elsewhere and gap not in self.gaps:
                self.gaps.append(gap)

    def _with_callers(
        self, alone: list[str], called: dict[str, list[str]], gaps: list[tuple[str, str]]
    ) -> list[Found]:
        """Adds those that call a file that matters, and remembers who calls whom."""
        self.gaps = [Gap(*gap) for gap in gaps]
        related = set(alone)
        calls = {path: set(names) for path, names in called.items()}
        known = {_call_name(found): found.path for found in self.tree.files}
        self._add_called(related, calls, known)
        self._remember_callers(calls, known)
        self._spread(related)
        paths = {found.path for found in self.tree.files}
        unreadable = {gap.what for gap in self.gaps} & paths
        self.unrelated = len(paths) - len(related & paths) - len(unreadable)
        return [found for found in self.tree.files if found.path in related]

    def _add_called(
        self, related: set[str], calls: dict[str, set[str]], known: dict[str, str]
    ) -> None:
        """Actions that are called and lie where none is looked for: dependencies, behind links.

        Whoever calls one that matters is to be judged, or keys could be handed to it unseen.
        """
        names = {name for called in calls.values() for name in called if name}
        pending = sorted(names - known.keys())
        seen = set(pending)
        while pending:
            name = pending.pop()
            path = next(filter(self.tree.holds, (f"{name}/{one}" for one in files.ACTIONS)), "")
            try:
                data = self.tree.read(path) if path else b""
            except UserError:
                continue
            known[name] = path
            if data and (is_related(data) or not is_well_formed(data)):
                related.add(path)
            called = {(self.tree.root + one).rstrip("/") for one in local_calls(data)}
            if called:
                calls[path] = called
            fresh = sorted({one for one in called if one} - known.keys() - seen)
            seen.update(fresh)
            pending += fresh

    def bytes_of(self, found: Found) -> bytes | None:
        """The file's bytes. One that was found and cannot be read is a gap, one named an error."""
        try:
            return self.tree.read(found.path)
        except UserError as problem:
            if found.is_action is None:
                raise
            self.gaps.append(Gap(found.path, problem.message))
            return None

    def _remember_callers(self, calls: dict[str, set[str]], known: dict[str, str]) -> None:
        callers: dict[str, list[str]] = {}
        for caller, called in calls.items():
            for name in called & known.keys():
                callers.setdefault(known[name], []).append(caller)
        self.callers = {path: tuple(found) for path, found in callers.items()}

    def _spread(self, related: set[str]) -> None:
        """Whoever calls a related file is related, and whom it calls decides its permissions."""
        pending = list(related)
        while pending:
            fresh = [path for path in self.callers.get(pending.pop(), ()) if path not in related]
            related.update(fresh)
            pending += fresh

    # -- asking ---------------------------------------------------------------------------------

    def _asked(self, chosen: Iterable[Found]) -> Facts:
        """The facts with what the workflows need to be known: asked for once, before judging."""
        from oidc_enforcer.roles import Needs, needs

        wanted = Needs()
        around = self.around()
        for found in chosen:
            data = self.bytes_of(found)
            if data is None:
                self.gaps.pop()
                continue
            source = SourceFile.decode(found.path, data)
            read = reading.read(source, around, is_action=found.is_action)
            wanted = wanted.plus(needs(read, self.options.facts))
        facts = self.options.facts._replace(
            environments=wanted.environments, open_environments=wanted.open_environments
        )
        arns = tuple(sorted({str(arn) for arn in wanted.roles} - facts.roles.keys()))
        if self.options.fetch is None or not arns:
            return facts
        return with_policies(facts, self.options.fetch(arns))

    # -- judging --------------------------------------------------------------------------------

    def _judge(self, chosen: Iterable[Found]) -> Iterator[FileReport]:
        around = self.around()
        for found in chosen:
            data = self.bytes_of(found)
            if data is None:
                yield FileReport(found.path, coverage=(self.gaps.pop(),))
                continue
            source = SourceFile.decode(found.path, data)
            read = reading.read(
                source,
                around,
                is_action=found.is_action,
                in_full=not self.options.triage,
            )
            report = _report(read, self.options)
            self.tally = self.tally.plus(tally(report))
            yield report

    def around(self) -> Surroundings:
        """What stands around the files, read when it is asked for."""
        return Surroundings(self._neighbour, self.callers, self.tree.root, self._foreign)

    def _foreign(self, key: str) -> Workflow | Action | None:
        """A workflow or action of another repository, if it was fetched."""
        if key not in self.tree.elsewhere:
            return None
        from oidc_enforcer.workflow.elsewhere import at_home, named

        where = named(key)
        source = SourceFile.decode(key, self.tree.read(key))
        content = parse(source, is_action=not where.is_workflow).content
        return None if content is None else at_home(content, where)

    def _neighbour(self, path: str) -> Workflow | Action | None:
        if not self.tree.holds(path):
            return None
        try:
            return parse(SourceFile.decode(path, self.tree.read(path))).content
        except UserError:
            return None

    def _judge_into(self, spool: Spool, chosen: Iterable[Found]) -> None:
        for report in self._judge(chosen):
            spool.append(report)

    def _in_two_processes(self, chosen: list[Found]) -> Sequence[FileReport]:
        """The second half in a child, which writes to a file that both share."""
        middle = len(chosen) // 2
        theirs, ours = _spool(), _spool()

        def work() -> bytes:
            self._judge_into(theirs, chosen[middle:])
            return marshal.dumps((tuple(self.tally), theirs.finish()))

        wait = forking.start(work)
        self._judge_into(ours, chosen[:middle])
        ours.finish()
        answer = wait()
        if answer is None:
            # NOTE: nothing is lost when the child dies: its half is judged again, here.
            theirs = _spool()
            self._judge_into(theirs, chosen[middle:])
        else:
            counts, starts = marshal.loads(answer)
            self.tally = self.tally.plus(Tally(*counts))
            theirs.adopt(starts)
        return Chain((ours, theirs))


def _spool() -> Spool:
    """A new spool; imported at need, because small runs never spill to disk."""
    from oidc_enforcer.spool import Spool

    return Spool()


def _call_name(found: Found) -> str:
    """How a `uses:` names the file: a workflow by its path, an action by its folder."""
    folder, _, name = found.path.rpartition("/")
    return folder if name in ("action.yml", "action.yaml") else found.path
