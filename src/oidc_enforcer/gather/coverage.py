"""What a report says of itself: what was looked at, what was left out, what is in force."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from oidc_enforcer.facts import Facts, Unavailable
from oidc_enforcer.files import Found, Tree
from oidc_enforcer.report import FileReport, Gap


def without_ignored(tree: Tree, facts: Facts) -> Tree:
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


def about_configuration(
    parts: Sequence[Sequence[FileReport]], facts: Facts, *, is_whole: bool
) -> Iterator[FileReport]:
    """What there is to say of the configuration's files, once all others have been judged."""
    if not (facts.config.exceptions or facts.pending_exceptions or facts.refusals):
        return
    from oidc_enforcer.check.excuses import of_configuration, used_by

    used = {place for part in parts for report in part for place in used_by(report)}
    yield from of_configuration(facts, used, is_whole=is_whole)


def break_glass(facts: Facts) -> dict[str, str]:
    """What the report has to say loudly: exceptions in force that somebody approved for hours."""
    if not any(one.approver for one in facts.config.exceptions):
        return {}
    from oidc_enforcer.check import excuses

    said = "; ".join(excuses.break_glass(facts))
    return {"break_glass": said} if said else {}


#: What is counted besides files, and its plural.
_COUNTED = {
    "role": "roles",
    "environment": "environments",
    "branch": "branches",
    "callee of other repositories": "callees of other repositories",
}


def of_sources(seen: Iterable[tuple[Facts, int]]) -> dict[str, str]:
    """What is to be said of where trust policies come from: a snapshot's age, calls of AWS."""
    said = dict.fromkeys(note for facts, _ in seen for note in facts.source_notes)
    return {"policy_sources": "; ".join(said)} if said else {}


def looked_at(seen: Iterable[tuple[Facts, int]]) -> dict[str, str]:
    """What was looked at besides the files: roles, environments, branches, callees elsewhere."""
    counts = dict.fromkeys(_COUNTED, 0)
    for facts, elsewhere in seen:
        counts["role"] += sum(not isinstance(one, Unavailable) for one in facts.roles.values())
        if facts.protection is not None:
            known = facts.protection.environments.values()
            counts["environment"] += sum(not isinstance(one, Unavailable) for one in known)
            counts["branch"] += len(facts.protection.branches)
        counts["callee of other repositories"] += elsewhere
    said = [
        f"{number} {name if number == 1 else _COUNTED[name]}"
        for name, number in counts.items()
        if number
    ]
    return {"looked_at": ", ".join(said)} if said else {}
