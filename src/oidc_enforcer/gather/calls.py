"""Calls of files that have no word of AWS: what they name elsewhere, and what is not there.

NOTE: few files need a closer look, and a child that only looks for words should start without what
parses, so that it is imported at need.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from oidc_enforcer.files import Tree
from oidc_enforcer.report import NOT_FETCHED
from oidc_enforcer.workflow.triage import is_related, may_call_elsewhere
from oidc_enforcer.yaml_tree import is_well_formed

#: GitHub does not start a run that calls a workflow which is not there.
_WORKFLOWS = ".github/workflows/"
_LOCAL = re.compile(rb"uses['\"]?\s*:\s*(?:['\"]?[.$]|[^\w\s'\"])", re.IGNORECASE)


def is_strange(data: bytes) -> bool:
    """Whether an action's file says nothing that every action says: so one of Git LFS begins.

    What is read then is not what runs, or nothing runs.
    """
    return b"using" not in data.lower() and b"\0" not in data


def that_matter(tree: Tree) -> frozenset[str]:
    """The keys of fetched files that may use AWS, or call one that does, or one of this tree."""
    related = {
        key
        for key, data in tree.elsewhere.items()
        if is_related(data)
        or not is_well_formed(data)
        or _LOCAL.search(data) is not None
        or ("/.github/workflows/" not in key and is_strange(data))
    }
    rest = tree.elsewhere.keys() - related
    while related and rest:
        more = {
            key
            for key in rest
            if calls_one_of(related, key, tree.elsewhere[key], is_elsewhere=True)
        }
        if not more:
            break
        related |= more
        rest -= more
    return frozenset(related)


def calls_one_of(
    keys: Collection[str], path: str, data: bytes, *, is_elsewhere: bool = False
) -> bool:
    """Whether a file calls one of these workflows and actions of other repositories."""
    if not keys or not (b"uses" in data.lower() or b"\0" in data):
        return False
    from oidc_enforcer.source import SourceFile
    from oidc_enforcer.workflow.elsewhere import at_home, callees, named
    from oidc_enforcer.workflow.parse import parse

    content = parse(SourceFile.decode(path, data)).content
    if content is None:
        return False
    content = at_home(content, named(path)) if is_elsewhere else content
    return any(one.key in keys for one in callees(content))


def not_fetched(
    tree: Tree, path: str, data: bytes, *, is_action: bool | None
) -> Iterator[tuple[str, str]]:
    """Workflows that an unrelated file calls: what is called may use AWS all the same."""
    if not may_call_elsewhere(data):
        return
    from oidc_enforcer.source import SourceFile
    from oidc_enforcer.workflow.elsewhere import callee
    from oidc_enforcer.workflow.model import Workflow
    from oidc_enforcer.workflow.parse import parse

    content = parse(SourceFile.decode(path, data), is_action=is_action).content
    for job in content.jobs if isinstance(content, Workflow) else ():
        where = callee(job.uses) if job.uses is not None else None
        if where is not None and where.key not in tree.elsewhere:
            assert job.uses is not None
            yield job.uses.value.text, NOT_FETCHED


def missing(data: bytes, path: str, known: Collection[str], root: str) -> Iterator[str]:
    """The `uses:` of an unrelated file that gives secrets to what is not in its repository.

    What is missing may use AWS all the same: a folder that the run checks out, a submodule.
    """
    if _LOCAL.search(data) is None:
        return
    from oidc_enforcer.workflow.local_calls import local_uses, may_give_secrets
    from oidc_enforcer.workflow.uses_names import in_tree

    if may_give_secrets(data):
        for uses in local_uses(path, data):
            name = in_tree(uses.name)
            if (root + name).rstrip("/") not in known and not name.startswith(_WORKFLOWS):
                yield uses.value.text
