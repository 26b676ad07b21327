"""What is judged of a repository as a whole, once all its files are known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oidc_enforcer.errors import UserError
from oidc_enforcer.facts import Facts
from oidc_enforcer.files import Tree
from oidc_enforcer.report import FileReport
from oidc_enforcer.source import SourceFile

if TYPE_CHECKING:  # only where GitHub was asked
    from oidc_enforcer.workflow.secret_reads import SecretReads


def about_secrets(tree: Tree, facts: Facts) -> FileReport | None:
    """What there is to say of the repository's stored secrets; None where nobody has asked.

    Whether nothing reads one can be told of a whole repository alone.
    """
    if facts.secrets is None:
        return None
    from oidc_enforcer.check.repository import judge

    is_whole = all(one.is_action is not None for one in tree.files)
    report = judge(reads_of(tree), facts) if is_whole else FileReport(facts.secrets.place.file)
    return report._replace(coverage=facts.secrets.gaps)


def reads_of(tree: Tree) -> SecretReads:
    """What all files of a tree read, those too that have no word of AWS."""
    from oidc_enforcer.workflow.secret_reads import SecretReads, may_read, reads

    found = [SecretReads(doubts=(f"{gap.what}: {gap.reason}",)) for gap in tree.gaps]
    elsewhere = [key for key in tree.elsewhere if key not in {one.path for one in tree.files}]
    for path, is_action in [
        *((one.path, one.is_action) for one in tree.files),
        *((key, True) for key in elsewhere),
    ]:
        try:
            data = tree.read(path)
        except UserError as problem:
            found.append(SecretReads(doubts=(problem.message,)))
            continue
        if may_read(data):
            file = SourceFile.decode(path, data)
            found.append(reads(file, tree.elsewhere, is_action=is_action))
    return SecretReads().plus(found)
