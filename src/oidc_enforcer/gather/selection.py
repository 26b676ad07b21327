"""Which files of a tree matter, told by their words alone, and who calls whom."""

from __future__ import annotations

import marshal
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from oidc_enforcer import files, forking
from oidc_enforcer.errors import UserError
from oidc_enforcer.files import Found, Tree
from oidc_enforcer.files.names import Names, is_action
from oidc_enforcer.gather import calls
from oidc_enforcer.records import NamedTuple
from oidc_enforcer.report import NOT_THERE, Gap
from oidc_enforcer.workflow.triage import is_oddly_called, is_related, local_calls
from oidc_enforcer.yaml_tree import is_well_formed

#: Below this many files a second process costs more than it saves.
WORTH_A_PROCESS = 500
#: Files that a process takes at once.
_LEAST_CHUNK = 64


class Selection(NamedTuple):
    """The files that matter, in the tree's order; `unrelated` counts those that do not.

    `callers` are the paths of those that call a path; `sizes` tells the bytes of a file where its
    own words matter.
    """

    files: tuple[Found, ...] = ()
    callers: Mapping[str, tuple[str, ...]] = {}
    gaps: tuple[Gap, ...] = ()
    unrelated: int = 0
    sizes: Mapping[str, int] = {}


class _Words(NamedTuple):
    """What the words of some files tell: paths that matter by themselves, with the bytes of each,
    whom each may call, and which are actions that no runner could read as they stand.

    All of it is what `marshal` can carry; a gap is a pair.
    """

    related: dict[str, int]
    calls: dict[str, list[str]]
    gaps: list[tuple[str, str]]
    strange: list[str]


def begin(tree: Tree, *, triage: bool, may_fork: bool) -> Callable[[], Selection]:
    """Starts to look for files with AWS text, those that call them, and those whose syntax needs a
    closer look; the function returned says which they are.

    Until it is called, a child works on a large tree alone. Without `triage` every file matters.
    """
    found = tree.files
    keys = calls.that_matter(tree) if tree.elsewhere else frozenset[str]()
    if len(found) < WORTH_A_PROCESS or not may_fork:
        return lambda: _with_callers(tree, [_triage(tree, found, keys, triage=triage)], keys)
    chunks = forking.chunks(found, _LEAST_CHUNK)
    queue = forking.Queue(len(chunks))

    def some(numbers: Iterable[int]) -> dict[int, _Words]:
        return {number: _triage(tree, chunks[number], keys, triage=triage) for number in numbers}

    wait = forking.start(lambda: marshal.dumps({n: tuple(w) for n, w in some(queue).items()}))

    def finish() -> Selection:
        made = some(queue)
        queue.close()
        answer = wait()
        if answer is not None:
            made |= {number: _Words(*words) for number, words in marshal.loads(answer).items()}
        # NOTE: what a child took that died is looked at again, here.
        made |= some(number for number in range(len(chunks)) if number not in made)
        return _with_callers(tree, [made[number] for number in range(len(chunks))], keys)

    return finish


def bytes_of(tree: Tree, found: Found) -> bytes | Gap:
    """The file's bytes. One that was found and cannot be read is a gap, one named an error."""
    try:
        return tree.read(found.path)
    except UserError as problem:
        if found.is_action is None:
            raise
        return Gap(found.path, problem.message)


def _triage(tree: Tree, part: Sequence[Found], keys: frozenset[str], *, triage: bool) -> _Words:
    """`keys` are those of files elsewhere that matter, so that whoever calls one does."""
    words = _Words({}, {}, [], [])
    for found in part:
        data = bytes_of(tree, found)
        if isinstance(data, Gap):
            words.gaps.append((data.what, data.reason))
            continue
        if not triage or is_related(data) or not is_well_formed(data):
            called = [(tree.root + path).rstrip("/") for path in local_calls(data)]
            words.related[found.path] = len(data)
        else:
            called = _all_called(tree, found.path, data)
            is_elsewhere = found.path in tree.elsewhere
            if calls.calls_one_of(keys, found.path, data, is_elsewhere=is_elsewhere):
                words.related[found.path] = len(data)
            if found.is_action and calls.is_strange(data):
                words.strange.append(found.path)
            fetched = calls.not_fetched(tree, found.path, data, is_action=found.is_action)
            words.gaps.extend(fetched)
        if found.path in tree.elsewhere:
            # NOTE: a job's call is one of its own repository; a step's is of what was checked out.
            called = [name for name in called if ".github/workflows/" not in name]
        if called:
            words.calls[found.path] = called
    return words


def _all_called(tree: Tree, path: str, data: bytes) -> list[str]:
    """What a file calls in this repository, also what only a parser of YAML can tell."""
    called = local_calls(data)
    if is_oddly_called(data):
        from oidc_enforcer.workflow.local_calls import local_calls as exactly

        called = exactly(path, data)
    return [(tree.root + one).rstrip("/") for one in called]


def _with_callers(tree: Tree, parts: Sequence[_Words], keys: frozenset[str]) -> Selection:
    """Adds those that call a file that matters, and remembers who calls whom."""
    around = _around(tree)
    parts = [*parts, around]
    sizes = {path: size for words in parts for path, size in words.related.items()}
    related = set(sizes)
    called = {path: set(names) for words in parts for path, names in words.calls.items()}
    known = {_call_name(found): found.path for found in tree.files}
    known |= {_call_name(Found(path, None)): path for path in around.calls}
    strange = {path for words in parts for path in words.strange}
    strange |= _add_called(tree, keys, related, called, known)
    callers = _callers(called, known)
    # NOTE: whoever calls what nobody can read is told so; by itself it is no concern of ours.
    related.update(caller for path in strange for caller in callers.get(path, ()))
    _spread(related, callers)
    paths = {found.path for found in tree.files}
    told = [gap for words in parts for gap in words.gaps]
    told += _missing(tree, called.keys() - related - around.calls.keys(), known)
    gaps = tuple(Gap(*gap) for gap in dict.fromkeys(told))
    unreadable = {gap.what for gap in gaps} & paths
    unrelated = len(paths) - len(related & paths) - len(unreadable)
    chosen = tuple(found for found in tree.files if found.path in related)
    return Selection(chosen, callers, gaps, unrelated, sizes)


def _missing(
    tree: Tree, callers: Iterable[str], known: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """What is called and is not there; those who are judged say so themselves."""
    there = {name for name, path in known.items() if path}
    for path in sorted(callers):
        try:
            data = tree.read(path)
        except UserError:
            continue
        for said in calls.missing(data, path, there, tree.root):
            yield said, NOT_THERE


#: What only a file has that others may call: a workflow by its trigger, an action by its steps.
_MAY_BE_CALLED = (b"workflow_call", b"runs:", b'runs"', b"runs'")


def _around(tree: Tree) -> _Words:
    """Who may call files that somebody named: all that is around them is read for that."""
    called = tree.is_named and any(
        any(word in data for word in _MAY_BE_CALLED)
        for data in (bytes_of(tree, found) for found in tree.files)
        if isinstance(data, bytes)
    )
    found = files.neighbours(tree) if called else ()
    words = _triage(tree, found, frozenset(), triage=True)
    return _Words({}, words.calls, [], words.strange)


def _add_called(
    tree: Tree,
    keys: frozenset[str],
    related: set[str],
    called_by: dict[str, set[str]],
    known: dict[str, str],
) -> set[str]:
    """Actions that are called and lie where none is looked for: dependencies, behind links.

    Whoever calls one that matters is to be judged, or keys could be handed to it unseen. Those
    that no runner could read as they stand are returned.
    """
    names = {name for called in called_by.values() for name in called if name}
    pending = sorted(names - known.keys())
    seen = set(pending)
    strange: set[str] = set()
    there = Names(tree)
    while pending:
        name = pending.pop()
        places = (there.real(f"{name}/{one}") for one in files.ACTIONS)
        path = next(filter(None, places), "")
        try:
            data = tree.read(path) if path else b""
        except UserError:
            continue
        known[name] = path
        if path and calls.is_strange(data):
            strange.add(path)
        matters = bool(data) and (is_related(data) or not is_well_formed(data))
        if matters or calls.calls_one_of(keys, path, data):
            related.add(path)
        called = set(_all_called(tree, path, data))
        if called:
            called_by[path] = called
        fresh = sorted({one for one in called if one} - known.keys() - seen)
        seen.update(fresh)
        pending += fresh
    return strange


def _callers(
    called_by: Mapping[str, set[str]], known: Mapping[str, str]
) -> Mapping[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for caller, called in called_by.items():
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
    return folder if is_action(name) else found.path
