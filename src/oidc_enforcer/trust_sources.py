"""Collects trust policies from wherever they are asked for: files, folders, standard input, AWS."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from oidc_enforcer import files
from oidc_enforcer.arn import RoleArn
from oidc_enforcer.errors import UserError
from oidc_enforcer.facts import Unavailable
from oidc_enforcer.policies import Policies, load, load_terraform
from oidc_enforcer.policies.json_files import MAX_BYTES
from oidc_enforcer.source import SourceFile

if TYPE_CHECKING:
    from oidc_enforcer.aws import Access

#: Files that Terraform code may be made of or read: source, values, and templates of policies.
_TERRAFORM = (".tf", ".tofu", ".tfvars", ".json", ".tpl", ".tftpl", ".tmpl")
_SOURCES = (".tf", ".tofu")
#: Terraform's own copies of other people's modules, and folders that hold no infrastructure.
_NOT_WALKED = frozenset({".terraform", ".git", "node_modules", ".venv", "venv", ".tox"})
_MOST_FILES = 5_000
_MOST_BYTES_OF_A_FILE = 4 * 1024 * 1024


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
    return found.plus(aws.named_roles(edge, others)) if others else found


def _role(text: str) -> RoleArn:
    arn = RoleArn.parse(text)
    if arn is None:
        raise UserError(
            f"`{text}` is no ARN of a role",
            "write arn:aws:iam::ACCOUNT:role/NAME: a name alone could be another account's role",
        )
    return arn


def read(path: str, today: str = "") -> Policies:
    """The policies in a file, in a folder of Terraform source, or on standard input."""
    if path == "-":
        return load("standard input", sys.stdin.buffer.read(MAX_BYTES + 1), today)
    if not os.path.lexists(path):
        raise UserError(f"there is no `{path}`", "name a file, or a folder with Terraform source")
    if os.path.isdir(path):
        return _folder(path)
    if path.endswith(_SOURCES):
        # A file of Terraform is a part of its folder: what it refers to stands in the others.
        folder = os.path.dirname(path)
        return load_terraform(dict(_neighbours(folder, path)), folder, only=path)
    return load(path, _bytes(path, MAX_BYTES), today)


def _folder(path: str) -> Policies:
    root = os.path.normpath(path)
    gaps: list[Unavailable] = []
    sources = {
        found: SourceFile.decode(found, _bytes(found, _MOST_BYTES_OF_A_FILE))
        for found in _terraform_files(root, gaps)
    }
    if not any(each.endswith((*_SOURCES, ".tf.json")) for each in sources):
        raise UserError(
            f"there is no Terraform source in `{path}`",
            "name the file that holds the trust policies, or the folder with `.tf` files",
        )
    found = load_terraform(sources, "" if root == "." else root)
    return found._replace(gaps=(*gaps, *found.gaps))


def _neighbours(folder: str, path: str) -> Iterator[tuple[str, SourceFile]]:
    """The named file, and what it may refer to; a neighbour that cannot be read is left out."""
    for found in _terraform_files(folder or ".", []):
        yield found, SourceFile.decode(found, _bytes(found, _MOST_BYTES_OF_A_FILE))
    yield path, SourceFile.decode(path, _bytes(path, _MOST_BYTES_OF_A_FILE))


def _terraform_files(root: str, gaps: list[Unavailable]) -> Iterator[str]:
    """Below a folder, in order; links to folders are not followed, as loops would be."""
    count = 0
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if name not in _NOT_WALKED)
        for name in sorted(names):
            path = name if folder == "." else os.path.join(folder, name)
            if not name.endswith(_TERRAFORM) or not os.path.isfile(path):
                continue
            if os.path.islink(path) and not files.is_inside(path, root):
                gaps.append(Unavailable(f"`{path}` is a link that leaves `{root}`: not followed"))
                continue
            if os.path.getsize(path) > _MOST_BYTES_OF_A_FILE:
                if name.endswith(_SOURCES):
                    gaps.append(Unavailable(f"`{path}` is too large to be read as Terraform"))
                continue
            count += 1
            if count > _MOST_FILES:
                raise UserError(
                    f"`{root}` holds more than {_MOST_FILES:,} files that Terraform may read",
                    "name the folder of one configuration",
                )
            yield path


def _bytes(path: str, most: int) -> bytes:
    try:
        with open(path, "rb") as stream:
            return stream.read(most + 1)
    except OSError as problem:
        reason = (problem.strerror or "it cannot be read").lower()
        raise UserError(f"cannot read `{path}`: {reason}", "check its permissions") from problem
