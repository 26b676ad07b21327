"""What comes of reading a file: a tree, and what is wrong with the text."""

from __future__ import annotations

import enum

from oidc_enforcer.records import NamedTuple
from oidc_enforcer.source import Span
from oidc_enforcer.yaml_tree.nodes import Node


class Trouble(enum.Enum):
    """What a problem means for the file as a whole."""

    REFUSED = "GitHub refuses this file"
    BEYOND = "too large or too deep to be judged"


class Problem(NamedTuple):
    """What is wrong, and where."""

    span: Span
    message: str
    trouble: Trouble


class Tree(NamedTuple):
    """What could be read.

    `root` is None when there is nothing but comments. From the offset `unread_from` on, the text
    did not make it into the tree (a part of it may be in both); None when all of it did.
    """

    root: Node | None
    problems: tuple[Problem, ...]
    unread_from: int | None
