"""Reads what lies on disk: finds workflows and actions below a path, within the tree's bounds."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Mapping

from oidc_enforcer.errors import UserError
from oidc_enforcer.files.names import ACTIONS as ACTIONS
from oidc_enforcer.files.names import clashes, is_action
from oidc_enforcer.records import NamedTuple
from oidc_enforcer.report import Gap

#: GitHub refuses workflows of more than 1 MiB characters; four bytes each, and our bound of four.
MAX_BYTES = 16 * 1024 * 1024
#: Few files are larger.
_USUAL_BYTES = 64 * 1024
_WORKFLOWS = os.path.join(".github", "workflows")
_LEAVES = "a symbolic link that leaves the tree is not followed"
_YAML = (".yml", ".yaml")
#: Folders of other people's code: their actions count only where a workflow uses them.
_DEPENDENCIES = frozenset(
    {".git", "node_modules", "vendor", "third_party", ".venv", "venv", ".tox", "site-packages"}
)


class Found(NamedTuple):
    """A file to judge. `is_action` is None when its content is to decide."""

    path: str
    is_action: bool | None


class Tree(NamedTuple):
    """What was found below one path. `root` precedes a path of the repository in `files`.

    `held` are all bytes by path of a tree that is not on disk, None for one that is. `elsewhere`
    are the bytes of what it calls in other repositories, by the key of the `uses:`. `is_named` says
    that somebody named the files: those around them are not judged, and may call them.
    """

    root: str
    files: tuple[Found, ...]
    gaps: tuple[Gap, ...]
    held: Mapping[str, bytes] | None = None
    elsewhere: Mapping[str, bytes] = {}
    is_named: bool = False

    def read(self, path: str) -> bytes:
        """A file's bytes, as the function `read` gives them."""
        if path in self.elsewhere:
            return self.elsewhere[path][: MAX_BYTES + 1]
        return read(path) if self.held is None else self.held[path][: MAX_BYTES + 1]

    def holds(self, path: str) -> bool:
        """Whether a file is there and part of this tree."""
        return is_inside(path, self.root) if self.held is None else path in self.held


def find(path: str) -> Tree:
    """The workflows and actions of a repository, or the one file named.

    Only direct children of `.github/workflows` are workflows. Symbolic links that leave the tree
    are refused and named as gaps. Raises UserError when nothing is at the path, or a folder that
    is neither a repository nor holds anything to judge.
    """
    if not os.path.lexists(path):
        raise UserError(f"there is no `{path}`", "name a repository's folder or a workflow file")
    if not os.path.isdir(path):
        return Tree(_root_of_file(path), (Found(path, None),), (), is_named=True)
    top = _top(path)
    prefix = "" if top == "." else top.rstrip("/") + "/"
    boundary = os.path.realpath(top)
    gaps: list[Gap] = []
    files = [Found(found, False) for found in _workflows(prefix, boundary, gaps)]
    files += (Found(found, True) for found in _actions(top, prefix, boundary, gaps))
    gaps += undecided(files)
    if not files and not gaps and not _is_repository(top):
        raise UserError(
            f"there is no workflow and no action in `{path}`",
            "name a repository's root folder, or the files themselves",
        )
    return Tree(prefix, tuple(files), tuple(gaps))


def find_all(
    paths: Iterable[str], known: Mapping[str, Tree] | None = None
) -> tuple[tuple[str, Tree], ...]:
    """The tree of each folder, and of all files that are named of one repository, by its path.

    `known` are trees that are not looked up. Raises UserError as `find` does.
    """
    found: dict[tuple[bool, str], tuple[str, Tree]] = {}
    for path in dict.fromkeys(paths):
        tree = (known or {}).get(path) or find(path)
        key = (tree.is_named, tree.root if tree.is_named else path)
        if key in found:
            first, others = found[key]
            found[key] = first, others._replace(files=(*others.files, *tree.files))
        else:
            found[key] = path, tree
    return tuple(found.values())


def neighbours(tree: Tree) -> tuple[Found, ...]:
    """The workflows and actions around files that were named."""
    top = tree.root.rstrip("/") or ("/" if tree.root else ".")
    boundary = os.path.realpath(top)
    gaps: list[Gap] = []  # NOTE: what is around is read where it can be, and not judged
    found = [Found(path, False) for path in _workflows(tree.root, boundary, gaps)]
    found += (Found(path, True) for path in _actions(top, tree.root, boundary, gaps))
    named = {one.path for one in tree.files}
    return tuple(one for one in found if one.path not in named)


def kind(path: str) -> bool | None:
    """Of a path from the repository's root: False for a workflow, True for an action, else None.

    The same files that `find` would find, for whoever has their names from elsewhere.
    """
    folder, _, name = path.rpartition("/")
    if folder == ".github/workflows":
        return False if is_yaml(name) else None
    if is_action(name) and _DEPENDENCIES.isdisjoint(folder.split("/")):
        return True
    return None


def is_yaml(name: str) -> bool:
    """Whether GitHub may run a file of this name as a workflow.

    NOTE: it documents `.yml` and `.yaml`, and not whether letter case matters.
    """
    return name.endswith(_YAML) or name[-5:].lower().endswith(_YAML)


def undecided(found: Iterable[Found]) -> Iterator[Gap]:
    """Actions of which one or the other runs, by the case that the runner's files have."""
    for path, other in clashes(one.path for one in found if one.is_action):
        reason = f"a runner that ignores letter case may take it for `{other}`, or the other way"
        yield Gap(path, reason, fails=True)


def read(path: str, most: int = MAX_BYTES) -> bytes:
    """The file's bytes, at most one more than `most`; UserError when it cannot be read."""
    try:
        with open(path, "rb") as stream:
            data = stream.read(min(_USUAL_BYTES, most) + 1)
            # NOTE: room for the most that is asked for would be made whatever the file has.
            return data if len(data) <= _USUAL_BYTES else data + stream.read(most + 1 - len(data))
    except OSError as problem:
        reason = (problem.strerror or "it cannot be read").lower()
        raise UserError(f"cannot read `{path}`: {reason}", _remedy(problem)) from problem


def _remedy(problem: OSError) -> str:
    match problem:
        case FileNotFoundError() | NotADirectoryError():
            return "check its name"
        case IsADirectoryError():
            return "name a file in it"
        case _:
            return "check its permissions"


def read_stdin(most: int = MAX_BYTES) -> bytes:
    """At most one byte more than `most`; UserError when there is no standard input."""
    if sys.stdin is None:
        raise UserError("cannot read standard input: it is closed", "name a file instead of `-`")
    return sys.stdin.buffer.read(most + 1)


def _work_tree(folder: str) -> str | None:
    """The absolute path of the Git work tree around a folder, None where there is none."""
    above = os.path.abspath(folder)
    while not os.path.exists(os.path.join(above, ".git")):
        if os.path.dirname(above) == above:
            return None
        above = os.path.dirname(above)
    return above


def name_in_repository(path: str) -> str:
    """What Git calls a file: its path from the work tree around it, else from where we are.

    Never begins with `/` or `../`, which `git apply` refuses.
    """
    around = _work_tree(os.path.dirname(path) or ".") or os.getcwd()
    name = os.path.relpath(path, around).replace(os.sep, "/")
    return os.path.basename(path) if name.startswith("../") else name


def config_file(path: str) -> str | None:
    """The configuration of the repository that a path lies in, None where it has none.

    It is looked for at the path's own root, and at the root of the Git work tree around it.
    Raises UserError where two spellings of its name are there, or a link leaves the tree.
    """
    folder = path if os.path.isdir(path) else os.path.dirname(path) or "."
    tops = [_top(folder)]
    around = _work_tree(tops[0])
    if around is not None:
        tops.append(os.path.relpath(around))
    for top in tops:
        prefix = "" if top == "." else top.rstrip("/") + "/"
        found = [prefix + name for name in CONFIG_FILES if os.path.lexists(prefix + name)]
        if len(found) > 1:
            problem = f"there are both `{found[0]}` and `{found[1]}`"
            raise UserError(problem, "keep one of them")
        if found and not is_inside(found[0], top):
            raise UserError(f"cannot read `{found[0]}`: no file of this tree", "write a file there")
        if found:
            return found[0]
    return None


#: Where a repository keeps its configuration.
CONFIG_FILES = (".github/oidc-enforcer.yml", ".github/oidc-enforcer.yaml")
#: Where an organisation keeps its own: at the root of its repository `.github`.
ORGANISATION_FILE = "oidc-enforcer.yml"


def _is_repository(top: str) -> bool:
    """A repository without workflows is whole; any other folder was probably meant otherwise."""
    return any(os.path.exists(os.path.join(top, name)) for name in (".git", ".github"))


def _top(path: str) -> str:
    """The repository's root when somebody names `.github` or `.github/workflows` itself."""
    clean = path.rstrip("/") or "/"
    parts = os.path.normpath(os.path.abspath(clean)).split(os.sep)
    if parts[-2:] == [".github", "workflows"]:
        return os.path.normpath(os.path.join(clean, "..", ".."))
    if parts[-1:] == [".github"]:
        return os.path.normpath(os.path.join(clean, ".."))
    return os.path.normpath(clean)


def _root_of_file(path: str) -> str:
    """Where a file finds its neighbours: the nearest folder above it that looks like a repository.

    As the path is written: "" where that is the folder we are in, or where there is none.
    """
    folder = os.path.dirname(path)
    if folder == _WORKFLOWS or folder.endswith(os.sep + _WORKFLOWS):
        return folder[: -len(_WORKFLOWS)]
    while folder and os.path.dirname(folder) != folder:
        if _is_repository(folder):
            return folder + os.sep
        folder = os.path.dirname(folder)
    return ""


def _workflows(prefix: str, boundary: str, gaps: list[Gap]) -> Iterator[str]:
    folder = prefix + ".github/workflows"
    if not os.path.isdir(folder):
        return
    if not _lies_in(os.path.realpath(folder), boundary):
        gaps.append(Gap(folder, _LEAVES))
        return
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        path = f"{folder}/{entry.name}"
        if not is_yaml(entry.name):
            continue
        # NOTE: of a plain file the listing itself says so; only the others are asked about.
        if entry.is_file(follow_symlinks=False) or (
            not os.path.isdir(path) and _is_file(path, boundary, gaps)
        ):
            yield path


def _actions(top: str, prefix: str, boundary: str, gaps: list[Gap]) -> Iterator[str]:
    """Every `action.yml` outside dependency folders; links to folders are not walked."""
    pending = [top]
    while pending:
        folder = pending.pop()
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError as problem:
            gaps.append(Gap(folder, (problem.strerror or "cannot be read").lower()))
            continue
        below: list[str] = []
        for entry in entries:
            path = entry.name if folder == "." else f"{folder.rstrip('/')}/{entry.name}"
            if entry.is_dir(follow_symlinks=False):
                if entry.name not in _DEPENDENCIES and path != prefix + ".github/workflows":
                    below.append(path)
            elif is_action(entry.name) and _is_file(path, boundary, gaps):
                yield path
        pending += reversed(below)


def _is_file(path: str, boundary: str, gaps: list[Gap]) -> bool:
    """Whether this is a file of the tree, links followed; what is not is named as a gap."""
    target = os.path.realpath(path) if os.path.islink(path) else path
    if target is not path and not _lies_in(target, boundary):
        gaps.append(Gap(path, _LEAVES))
        return False
    if not os.path.isfile(target):
        gaps.append(Gap(path, "a link to nothing, or no regular file"))
        return False
    return True


def is_inside(path: str, root: str) -> bool:
    """Whether a file is there and lies in the tree at `root`, links followed."""
    if not os.path.isfile(path):
        return False
    return _lies_in(os.path.realpath(path), os.path.realpath(root or "."))


def _lies_in(target: str, boundary: str) -> bool:
    return os.path.commonpath((target, boundary)) == boundary


def replace(path: str, before: bytes, after: bytes) -> None:
    """Puts new bytes into a file in one step, its mode kept; UserError when that cannot be done.

    `before` is what was read: a file that somebody has changed meanwhile is left alone.
    """
    target = os.path.realpath(path)
    if read(target) != before:
        raise UserError(f"`{path}` has changed meanwhile", "run the command again")
    if not os.access(target, os.W_OK):
        raise UserError(f"cannot write `{path}`: permission denied", "check its permissions")
    try:
        _swap(target, after)
    except OSError as problem:
        reason = (problem.strerror or "it cannot be written").lower()
        raise UserError(f"cannot write `{path}`: {reason}", "check the folder's room") from problem


def _swap(target: str, data: bytes) -> None:
    """Writes beside the file and renames, so that nobody ever sees a half of it."""
    import tempfile

    handle, beside = tempfile.mkstemp(dir=os.path.dirname(target), prefix=".oidc-enforcer-")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        os.chmod(beside, os.stat(target).st_mode & 0o7777)
        os.replace(beside, target)
    except BaseException:
        os.unlink(beside)
        raise
