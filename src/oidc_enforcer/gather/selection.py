"""Which files of a tree matter, told by their words alone, and who calls whom."""

from __future__ import annotations

import marshal
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from oidc_enforcer import files, forking
from oidc_enforcer.errors import UserError
from oidc_enforcer.files import Found, Tree
from oidc_enforcer.report import NOT_FETCHED, Gap
from oidc_enforcer.workflow.triage import is_related, local_calls, may_call_elsewhere
from oidc_enforcer.yaml_tree import is_well_formed

#: Below this many files a second process costs more than it saves.
WORTH_A_PROCESS = 500
#: Files that a process takes at once.
_LEAST_CHUNK = 64


class Selection(NamedTuple):
    """The files that matter, in the tree's order; `unrelated` counts those that do not.

    `callers` are the paths of those that call a path.
    """

    files: tuple[Found, ...] = ()
    callers: Mapping[str, tuple[str, ...]] = {}
    gaps: tuple[Gap, ...] = ()
    unrelated: int = 0


class _Words(NamedTuple):
    """What the words of some files tell: paths that matter by themselves, whom each may call.

    All of it is what `marshal` can carry; a gap is a pair.
    """

    related: list[str]
    calls: dict[str, list[str]]
    gaps: list[tuple[str, str]]


def begin(tree: Tree, *, triage: bool, may_fork: bool) -> Callable[[], Selection]:
    """Starts to look for files with AWS text, those that call them, and those whose syntax needs a
    closer look; the function returned says which they are.

    Until it is called, a child works on a large tree alone. Without `triage` every file matters.
    """
    found = tree.files
    if len(found) < WORTH_A_PROCESS or not may_fork:
        return lambda: _with_callers(tree, [_triage(tree, found, triage=triage)])
    chunks = forking.chunks(found, _LEAST_CHUNK)
    queue = forking.Queue(len(chunks))

    def some(numbers: Iterable[int]) -> dict[int, _Words]:
        return {number: _triage(tree, chunks[number], triage=triage) for number in numbers}

    wait = forking.start(lambda: marshal.dumps({n: tuple(w) for n, w in some(queue).items()}))

    def finish() -> Selection:
        made = some(queue)
        queue.close()
        answer = wait()
        if answer is not None:
            made |= {number: _Words(*words) for number, words in marshal.loads(answer).items()}
        # NOTE: what a child took that died is looked at again, here.
        made |= some(number for number in range(len(chunks)) if number not in made)
        return _with_callers(tree, [made[number] for number in range(len(chunks))])

    return finish


def bytes_of(tree: Tree, found: Found) -> bytes | Gap:
    """The file's bytes. One that was found and cannot be read is a gap, one named an error."""
    try:
        return tree.read(found.path)
    except UserError as problem:
        if found.is_action is None:
            raise
        return Gap(found.path, problem.message)


def _triage(tree: Tree, part: Sequence[Found], *, triage: bool) -> _Words:
    words = _Words([], {}, [])
    for found in part:
        data = bytes_of(tree, found)
        if isinstance(data, Gap):
            words.gaps.append((data.what, data.reason))
            continue
        if not triage or is_related(data) or not is_well_formed(data):
            words.related.append(found.path)
        else:
            words.gaps.extend(_not_fetched(tree, found, data))
        called = [(tree.root + path).rstrip("/") for path in local_calls(data)]
        if called and found.path not in tree.elsewhere:
            words.calls[found.path] = called
    return words


def _not_fetched(tree: Tree, found: Found, data: bytes) -> Iterator[tuple[str, str]]:
    """Workflows that an unrelated file calls: what is called may use AWS all the same."""
    if not may_call_elsewhere(data):
        return
    # NOTE: few files do, and a child that only looks for words should start without all this.
    from oidc_enforcer.source import SourceFile
    from oidc_enforcer.workflow.elsewhere import callee
    from oidc_enforcer.workflow.model import Workflow
    from oidc_enforcer.workflow.parse import parse

    content = parse(SourceFile.decode(found.path, data), is_action=found.is_action).content
    for job in content.jobs if isinstance(content, Workflow) else ():
        where = callee(job.uses) if job.uses is not None else None
        if where is not None and where.key not in tree.elsewhere:
            assert job.uses is not None
            yield job.uses.value.text, NOT_FETCHED


def _with_callers(tree: Tree, parts: Sequence[_Words]) -> Selection:
    """Adds those that call a file that matters, and remembers who calls whom."""
    related = {path for words in parts for path in words.related}
    calls = {path: set(names) for words in parts for path, names in words.calls.items()}
    known = {_call_name(found): found.path for found in tree.files}
    _add_called(tree, related, calls, known)
    callers = _callers(calls, known)
    _spread(related, callers)
    paths = {found.path for found in tree.files}
    gaps = tuple(Gap(*gap) for gap in dict.fromkeys(gap for words in parts for gap in words.gaps))
    unreadable = {gap.what for gap in gaps} & paths
    unrelated = len(paths) - len(related & paths) - len(unreadable)
    chosen = tuple(found for found in tree.files if found.path in related)
    return Selection(chosen, callers, gaps, unrelated)


def _add_called(
    tree: Tree, related: set[str], calls: dict[str, set[str]], known: dict[str, str]
) -> None:
    """Actions that are called and lie where none is looked for: dependencies, behind links.

    Whoever calls one that matters is to be judged, or keys could be handed to it unseen.
    """
    names = {name for called in calls.values() for name in called if name}
    pending = sorted(names - known.keys())
    seen = set(pending)
    while pending:
        name = pending.pop()
        path = next(filter(tree.holds, (f"{name}/{one}" for one in files.ACTIONS)), "")
        try:
            data = tree.read(path) if path else b""
        except UserError:
            continue
        known[name] = path
        if data and (is_related(data) or not is_well_formed(data)):
            related.add(path)
        called = {(tree.root + one).rstrip("/") for one in local_calls(data)}
        if called:
            calls[path] = called
        fresh = sorted({one for one in called if one} - known.keys() - seen)
        seen.update(fresh)
        pending += fresh


def _callers(
    calls: Mapping[str, set[str]], known: Mapping[str, str]
) -> Mapping[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for caller, called in calls.items():
        for name in called & known.keys():
            found.setdefault(known[name], []).append(caller)
    return {path: tuple(names) for path, names in found.items()}


def _spread(related: set[str], callers: Mapping[str, Iterable[str]]) -> None:
    """Whoever calls a related file is related, and whom it calls decides its permissions."""
    pending = list(related)
    while pending:
        fresh = [path for path in callers.get(pending.pop(), ()) if path not in related]
        related.update(fresh)
        pending += fresh


def _call_name(found: Found) -> str:
    """How a `uses:` names the file: a workflow by its path, an action by its folder."""
    folder, _, name = found.path.rpartition("/")
    return folder if name in ("action.yml", "action.yaml") else found.path
