"""One tree judged: its files that matter, what they need to be known, and their reports."""

from __future__ import annotations

import marshal
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from oidc_enforcer import check, forking, yaml_tree
from oidc_enforcer.errors import UserError
from oidc_enforcer.facts import Facts, Role
from oidc_enforcer.files import Found, Tree
from oidc_enforcer.files.names import Names
from oidc_enforcer.files.names import is_action as is_action_name
from oidc_enforcer.gather.options import Options, with_policies
from oidc_enforcer.gather.selection import Selection, bytes_of
from oidc_enforcer.report import FileReport, Gap, Tally, tally
from oidc_enforcer.source import SourceFile
from oidc_enforcer.workflow import reading, scripts
from oidc_enforcer.workflow.model import Action, Workflow
from oidc_enforcer.workflow.parse import parse
from oidc_enforcer.workflow.surroundings import Surroundings

if TYPE_CHECKING:
    from oidc_enforcer.arn import RoleArn
    from oidc_enforcer.iam.contexts import Admitted
    from oidc_enforcer.spool import Spool

#: Below this many related files a second process costs more than it saves.
_WORTH_A_PROCESS = 300
#: Files that a process takes at once: few enough that none waits long for the other, and in a large
#: tree so many that copies of a file, which the other would have to learn anew, stay together.
_LEAST_CHUNK, _MOST_CHUNKS = 16, 64


def report_on(read: reading.Reading, options: Options) -> FileReport:
    """What there is to say of one file that has been read, with fixes where they are wanted."""
    report = check.judge(read, options.facts, excerpts=options.excerpts)
    if options.fixes is None or not report.findings:
        return report
    from oidc_enforcer import remedies

    return remedies.with_fixes(read, report, options.facts, options.fixes)


class Scan:
    """One tree: which of its files matter, and their reports."""

    def __init__(self, tree: Tree, options: Options, choosing: Callable[[], Selection]) -> None:
        self.tree = tree
        self.options = options
        self._choosing = choosing
        self.chosen = Selection()
        self.tally = Tally()
        self.unfixed: dict[str, str] = {}
        self._names = Names(tree)
        self._broken: set[str] = set()

    def run(self) -> Sequence[FileReport]:
        """Judges the files that matter."""
        chosen = self.choose().files
        if self.options.facts.judges_roles and self.options.facts.repository is not None:
            self.options = self.options._replace(facts=self._asked(chosen))
        self._limit_fixes(len(chosen))
        if len(chosen) < _WORTH_A_PROCESS:
            return list(self._judge(chosen))
        if self.options.may_fork:
            return self._in_two_processes(chosen)
        spool = _spool()
        self._judge_into(spool, chosen)
        return spool

    def choose(self) -> Selection:
        """Tells which files matter, once."""
        if len(self.tree.files) >= _WORTH_A_PROCESS:
            _get_ready()
        self.chosen = self._choosing()
        return self.chosen

    def _limit_fixes(self, files: int) -> None:
        """Proving a fix judges its file again: where that would take long it is left out, said."""
        most = self.options.most_fixed
        if self.options.fixes is not None and most is not None and files > most:
            self.options = self.options._replace(fixes=None)
            self.unfixed = {"fixes": f"left out, as more than {most} files matter"}

    def around(self) -> Surroundings:
        """What stands around the files, read when it is asked for."""
        return Surroundings(
            self._neighbour,
            self.chosen.callers,
            self.tree.root,
            self._foreign,
            self._broken.__contains__,
        )

    def _foreign(self, key: str) -> Workflow | Action | None:
        """A workflow or action of another repository, if it was fetched."""
        if key not in self.tree.elsewhere:
            return None
        from oidc_enforcer.workflow.elsewhere import at_home, named

        where = named(key)
        content = self._whole(key, key, is_action=not where.is_workflow)
        return None if content is None else at_home(content, where)

    def _neighbour(self, path: str) -> Workflow | Action | None:
        there = self._names.real(path)
        if there is None:
            return None
        inside = there.removeprefix(self.tree.root)
        is_workflow = inside.rpartition("/")[0] == ".github/workflows"
        is_action = True if is_action_name(there.rpartition("/")[2]) and not is_workflow else None
        try:
            return self._whole(path, there, is_action=is_action)
        except UserError:
            return None

    def _whole(self, name: str, path: str, *, is_action: bool | None) -> Workflow | Action | None:
        """What a file holds; one that cannot be read to its end is remembered by the name."""
        found = parse(SourceFile.decode(path, self.tree.read(path)), is_action=is_action)
        content = found.content
        is_whole = found.unread_from is None and content is not None
        if not is_whole or (isinstance(content, Action) and not content.using):
            self._broken.add(name)
        return content

    def _asked(self, chosen: Iterable[Found]) -> Facts:
        """The facts with what the workflows need to be known: asked for once, before judging."""
        from oidc_enforcer.job_roles import Needs, needs

        wanted = Needs()
        around = self.around()
        for found in chosen:
            data = bytes_of(self.tree, found)
            if isinstance(data, Gap):
                continue  # it is one when the file is to be judged, too
            source = SourceFile.decode(found.path, data)
            read = reading.read(source, around, is_action=found.is_action)
            wanted = wanted.plus(needs(read, self.options.facts))
        facts = self.options.facts._replace(
            environments=wanted.environments, open_environments=wanted.open_environments
        )
        arns = tuple(sorted({str(arn) for arn in wanted.roles} - facts.roles.keys()))
        if self.options.fetch is not None and arns:
            facts = with_policies(facts, self.options.fetch(arns))
        return self._guarded(facts, wanted.roles)

    def _guarded(self, facts: Facts, arns: Iterable[RoleArn]) -> Facts:
        """The facts with what guards the pins of the roles, as far as their policies are known."""
        if facts.protection is None or self.options.guard is None:
            return facts
        from oidc_enforcer.job_roles import at_hand
        from oidc_enforcer.protection import pins
        from oidc_enforcer.roles import role_reading

        admitted: list[Admitted] = []
        for arn in sorted(arns, key=str):
            role = at_hand(arn, facts)
            if isinstance(role, Role):
                admitted += role_reading(role, facts, arn=arn).whole.admits
        unknown = pins(admitted).unknown(facts.protection)
        if not any(unknown):
            return facts
        return facts._replace(protection=self.options.guard(facts.protection, unknown))

    def _judge(self, chosen: Iterable[Found]) -> Iterator[FileReport]:
        around = self.around()
        for found in chosen:
            data = bytes_of(self.tree, found)
            if isinstance(data, Gap):
                yield FileReport(found.path, coverage=(data,))
                continue
            scripts.forget()
            read = reading.read(
                SourceFile.decode(found.path, data),
                around,
                is_action=found.is_action,
                in_full=not self.options.triage,
                is_elsewhere=found.path in self.tree.elsewhere,
            )
            report = report_on(read, self.options)
            self.tally = self.tally.plus(tally(report))
            yield report

    def _judge_into(self, spool: Spool, chosen: Iterable[Found]) -> None:
        digest = self.options.digest
        for report in self._judge(chosen):
            spool.append(digest(report) if digest else report)

    def _in_two_processes(self, chosen: Sequence[Found]) -> Sequence[FileReport]:
        """A child takes chunks of the files as this process does, and keeps a spool of its own.

        Files of one size, which are often copies, go to the same process; the largest come first,
        so that the last chunks are over soon.
        """
        from oidc_enforcer.spool import Chosen

        sizes = self.chosen.sizes
        order = sorted(range(len(chosen)), key=lambda at: -sizes.get(chosen[at].path, 0))
        chunks = forking.chunks(order, max(_LEAST_CHUNK, len(order) // _MOST_CHUNKS))
        queue = forking.Queue(len(chunks))
        theirs, ours = _spool(), _spool()

        def some(spool: Spool, numbers: Iterable[int]) -> list[int]:
            """Judges the files of some chunks; their places in the tree, in the spool's order."""
            done: list[int] = []
            for number in numbers:
                self._judge_into(spool, (chosen[at] for at in chunks[number]))
                done += chunks[number]
            return done

        def work() -> bytes:
            done = some(theirs, queue)
            return marshal.dumps((done, theirs.finish(), tuple(self.tally)))

        wait = forking.start(work)
        done = some(ours, queue)
        queue.close()
        found = {at: (ours, index) for index, at in enumerate(done)}
        answer = wait()
        if answer is not None:
            done, ends, counts = marshal.loads(answer)
            theirs.adopt(ends)
            self.tally = self.tally.plus(Tally(*counts))
            found |= {at: (theirs, index) for index, at in enumerate(done)}
        # NOTE: nothing is lost when the child dies: what it took is judged again, here.
        behind = len(ours)
        done = some(ours, (n for n, chunk in enumerate(chunks) if chunk[0] not in found))
        found |= {at: (ours, behind + index) for index, at in enumerate(done)}
        ours.finish()
        return Chosen([found[at] for at in range(len(chosen))])


def _get_ready() -> None:
    """Imports what many files surely need, while a child still looks for those that matter."""
    from oidc_enforcer import spool  # noqa: F401
    from oidc_enforcer.shell import interpret  # noqa: F401

    yaml_tree.library()


def _spool() -> Spool:
    """A new spool; imported at need, because small runs never spill to disk."""
    from oidc_enforcer.spool import Spool

    return Spool()
