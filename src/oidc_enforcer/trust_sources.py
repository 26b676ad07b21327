"""Collects trust policies from wherever they are asked for: files, folders, standard input, AWS."""

from __future__ import annotations

import os
from collections.abc import Container, Iterator
from typing import TYPE_CHECKING, NamedTuple

from oidc_enforcer import files
from oidc_enforcer.arn import RoleArn
from oidc_enforcer.errors import UserError
from oidc_enforcer.facts import Unavailable
from oidc_enforcer.policies import Policies, load, load_among_others, load_terraform, may_hold
from oidc_enforcer.policies.json_files import MAX_BYTES
from oidc_enforcer.source import SourceFile

if TYPE_CHECKING:
    from oidc_enforcer.aws import Access

_SOURCES = (".tf", ".tofu")
_DOCUMENTS = (".json", ".yaml", ".yml", ".template")
_TERRAFORM = (*_SOURCES, ".tfvars", ".tf.json", ".tofu.json")
#: Terraform's own copies of other people's modules, and folders that hold no infrastructure.
_NOT_WALKED = frozenset({".terraform", ".git", "node_modules", ".venv", "venv", ".tox"})
_MOST_FILES = 5_000
_MOST_BYTES_OF_A_FILE = 1024 * 1024
#: Each round fetches what the round before referred to; modules call modules so deep at most.
_MOST_ROUNDS = 14


class Wanted(NamedTuple):
    """Which sources are asked for. `paths` are files and folders, `-` being standard input.

    `today` is what a snapshot's age is counted from. AWS is asked for the whole `account` of the
    credentials, and for `roles` by their ARNs, by the `access` given; for neither, not at all.
    """

    paths: tuple[str, ...] = ()
    today: str = ""
    account: bool = False
    roles: tuple[str, ...] = ()
    access: Access | None = None


def collect(wanted: Wanted) -> Policies:
    """Reads every source that is wanted; raises UserError for one that cannot be used."""
    roles = [_role(text) for text in wanted.roles]
    found = Policies()
    for path in dict.fromkeys(wanted.paths):
        found = found.plus(read(path, wanted.today))
    if wanted.account or roles:
        found = found.plus(_live(wanted, roles))
    return found


def _live(wanted: Wanted, roles: list[RoleArn]) -> Policies:
    from oidc_enforcer import aws

    partition = roles[0].partition if roles else "aws"
    edge = aws.Aws(wanted.access or aws.Access(), partition)
    found = aws.account(edge) if wanted.account else Policies()
    known = found.roles()
    others = [arn for arn in roles if str(arn) not in known]
    if others:
        found = found.plus(aws.named_roles(edge, others))
    calls = ", ".join(f"{action} {count}" for action, count in sorted(edge.calls.items()))
    return found._replace(notes=(*found.notes, f"AWS was called: {calls}"))


def _role(text: str) -> RoleArn:
    arn = RoleArn.parse(text)
    if arn is None:
        raise UserError(
            f"`{text}` is no ARN of a role",
            "write arn:aws:iam::ACCOUNT:role/NAME: a name alone could be another account's role",
        )
    return arn


def read(path: str, today: str = "") -> Policies:
    """The policies in a file, in a folder (Terraform source, else documents), on standard input."""
    if path == "-":
        return load("standard input", files.read_stdin(MAX_BYTES), today)
    if not os.path.lexists(path):
        raise UserError(
            f"there is no `{path}`", "name a file that holds trust policies, or a folder"
        )
    if os.path.isdir(path):
        return _folder(path, today)
    if path.endswith(_SOURCES):
        # A file of Terraform is a part of its folder: what it refers to stands in the others.
        return _Terraform(os.path.dirname(path)).read(only=path)
    return load(path, files.read(path, MAX_BYTES), today)


def _folder(path: str, today: str) -> Policies:
    root = "" if os.path.normpath(path) == "." else os.path.normpath(path)
    found = _Terraform(root)
    found.add_below()
    if any(each.endswith((*_SOURCES, ".tf.json")) for each in found.sources):
        told = found.read()
        return told._replace(notes=(*told.notes, *_passed_over(root, found.sources)))
    return _documents(root, today)


def _passed_over(root: str, sources: Container[str]) -> Iterator[str]:
    """What stands beside Terraform source and may be meant too, though the code reads it not."""
    boundary = _boundary(root)
    paths = [
        path
        for path in _documents_below(root)[0][:_MOST_FILES]
        if path not in sources
        and _lies_in(path, boundary)
        and os.access(path, os.R_OK)
        and may_hold(path, files.read(path, _MOST_BYTES_OF_A_FILE))
    ]
    if paths:
        more, them = (f" and {len(paths) - 1:,} more", "them") if paths[1:] else ("", "it")
        yield (
            f"not read beside the Terraform source: `{paths[0]}`{more}, which may hold trust"
            f" policies; name {them}, or a folder without Terraform source"
        )


def _documents(root: str, today: str) -> Policies:
    """The policies in the files of JSON and YAML below a folder; what holds none is passed over."""
    found, boundary = Policies(), _boundary(root)
    paths, gaps = _documents_below(root)
    if len(paths) > _MOST_FILES:
        raise UserError(
            f"`{root or '.'}` holds more than {_MOST_FILES:,} files of JSON and YAML",
            "name the folder of the trust policies",
        )
    for path in paths:
        if not _lies_in(path, boundary):
            gaps.append(_leaves(path))
            continue
        held = load_among_others(path, files.read(path, MAX_BYTES), today)
        found = found.plus(held) if held is not None else found
    found = found.plus(Policies(gaps=tuple(gaps)))
    if not (found.entries or found.providers or found.gaps):
        raise UserError(
            f"there is no trust policy in `{root or '.'}`",
            "name the file that holds the trust policies, or a folder with such or with Terraform",
        )
    return found


def _is_hidden(folder: str) -> bool:
    """Whether a folder holds copies, caches and the like rather than what people wrote."""
    return folder in _NOT_WALKED or (folder.startswith(".") and folder != ".github")


def _documents_below(root: str) -> tuple[list[str], list[Unavailable]]:
    """The files in a folder and below it, links to folders aside; and what cannot be read.

    They are so many more than are looked at where there are too many.
    """
    paths: list[str] = []
    gaps: list[Unavailable] = []

    def refused(problem: OSError) -> None:
        reason = (problem.strerror or "it cannot be read").lower()
        gaps.append(Unavailable(f"`{problem.filename}` cannot be read: {reason}"))

    for folder, folders, names in os.walk(root or ".", onerror=refused):
        folders[:] = sorted(name for name in folders if not _is_hidden(name))
        below = "" if folder == "." else folder.removeprefix("./")
        documents = (os.path.join(below, name) for name in sorted(names))
        paths += (path for path in documents if path.endswith(_DOCUMENTS) and os.path.isfile(path))
        if len(paths) > _MOST_FILES:
            break
    return paths, gaps


class _Terraform:
    """The sources of a configuration, as far as they are known to matter.

    Modules beside the folder and files that the code reads are fetched when it refers to them,
    and only from within the repository: code may name any path of this machine.
    """

    def __init__(self, root: str) -> None:
        self.root = root
        self.boundary = _boundary(root)
        self.sources: dict[str, SourceFile] = {}
        self.gaps: list[Unavailable] = []

    def read(self, only: str = "") -> Policies:
        """The roles, once everything that they refer to is there."""
        from oidc_enforcer.iac import terraform

        self._add_folder(self.root)
        if only:
            self._add(only)
        for _ in range(_MOST_ROUNDS):
            known = len(self.sources)
            for path in terraform.roles(self.sources, self.root, only).missing:
                self._fetch(path)
            if len(self.sources) == known:
                break
        found = load_terraform(self.sources, self.root, only)
        return found._replace(gaps=(*self.gaps, *found.gaps))

    def add_below(self) -> None:
        """Every folder below; links to folders are not followed, as loops would be."""
        for folder, folders, _ in os.walk(self.root or "."):
            folders[:] = sorted(name for name in folders if name not in _NOT_WALKED)
            self._add_folder("" if folder == "." else folder.removeprefix("./"))

    def _fetch(self, path: str) -> None:
        if not _lies_in(path, self.boundary):
            return
        if os.path.isdir(path):
            self._add_folder(path)
        elif os.path.isfile(path):
            self._add(path)

    def _add_folder(self, folder: str) -> None:
        try:
            names = sorted(os.listdir(folder or "."))
        except OSError as problem:
            reason = (problem.strerror or "it cannot be read").lower()
            self.gaps.append(Unavailable(f"`{folder}` cannot be read: {reason}"))
            return
        for name in names:
            path = os.path.join(folder, name)
            if name.endswith(_TERRAFORM) and path not in self.sources and os.path.isfile(path):
                self._add(path)

    def _add(self, path: str) -> None:
        if path in self.sources:
            return
        if len(self.sources) >= _MOST_FILES:
            raise UserError(
                f"`{self.root or '.'}` holds more than {_MOST_FILES:,} files of Terraform",
                "name the folder of one configuration",
            )
        if not _lies_in(path, self.boundary):
            self.gaps.append(_leaves(path))
        elif os.path.getsize(path) > _MOST_BYTES_OF_A_FILE:
            self.gaps.append(Unavailable(f"`{path}` is too large to be read as Terraform"))
        else:
            self.sources[path] = SourceFile.decode(path, files.read(path, _MOST_BYTES_OF_A_FILE))


def _leaves(path: str) -> Unavailable:
    return Unavailable(f"`{path}` is a link that leaves the tree: not followed")


def _boundary(root: str) -> str:
    """The repository around a folder; without one the working folder, if it lies in there."""
    start = os.path.realpath(root or ".")
    folder = start
    while os.path.dirname(folder) != folder:
        if os.path.exists(os.path.join(folder, ".git")):
            return folder
        folder = os.path.dirname(folder)
    here = os.path.realpath(".")
    return here if os.path.commonpath((start, here)) == here else start


def _lies_in(path: str, boundary: str) -> bool:
    return os.path.commonpath((os.path.realpath(path), boundary)) == boundary
