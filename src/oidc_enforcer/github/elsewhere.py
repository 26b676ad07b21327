"""Texts of workflows and actions of other repositories, many of them in one question."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from oidc_enforcer.files.names import ACTIONS
from oidc_enforcer.github import contents
from oidc_enforcer.github.connection import Connection
from oidc_enforcer.github.contents import Listing
from oidc_enforcer.github.local_callees import Reading
from oidc_enforcer.github.refusals import Refused
from oidc_enforcer.report import Gap
from oidc_enforcer.workflow.elsewhere import Callee

#: Callees asked for in one question.
_BATCH = 40
#: Lists of other repositories that are asked for where GraphQL shows no file, and texts kept.
_MOST_LISTS = 100
_MOST_KNOWN = 5000
_FAILING = "more lists of other repositories are needed than are asked for"


class Texts:
    """Asks for callees: first by GraphQL for all at once; what it does not show, one by one.

    GraphQL follows no links and ignores no letter case, as the runner's files may. What was asked
    for is remembered: the repositories of an organisation call the same. `lists` bounds the rest.
    """

    def __init__(self, connection: Connection, lists: int = _MOST_LISTS) -> None:
        self._connection = connection
        self._lists = lists
        self._listed: dict[tuple[str, str], Listing | Gap] = {}
        self._known: dict[str, bytes | Gap] = {}

    def of(self, wanted: Iterable[Callee]) -> dict[str, bytes | Gap]:
        """The text of each by its key, or why there is none; raises `Refused` where GitHub says
        nothing at all for the moment.
        """
        wanted = list(wanted)
        found = {one.key: self._known[one.key] for one in wanted if one.key in self._known}
        fresh = [one for one in wanted if one.key not in found]
        for start in range(0, len(fresh), _BATCH):
            found |= self._at_once(fresh[start : start + _BATCH])
        for one in fresh:
            if one.key not in found:
                found[one.key] = self._by_itself(one)
        if len(self._known) > _MOST_KNOWN:
            self._known.clear()
        self._known |= found
        return found

    def _at_once(self, batch: Sequence[Callee]) -> dict[str, bytes]:
        """What GraphQL shows whole, and what is no link by its look."""
        variables: dict[str, Any] = {}
        fields = []
        for at, one in enumerate(batch):
            owner, _, name = one.repository.partition("/")
            variables |= {f"o{at}": owner, f"n{at}": name}
            inside = []
            for number, path in enumerate(_paths(one)):
                variables[f"e{at}_{number}"] = f"{one.ref}:{path}"
                inside.append(f"f{number}: object(expression: $e{at}_{number}) {contents.FIELDS}")
            fields.append(
                f"r{at}: repository(owner: $o{at}, name: $n{at}) {{ {' '.join(inside)} }}"
            )
        holes = ", ".join(f"${name}: String!" for name in variables)
        data = self._connection.query(f"query({holes}) {{ {' '.join(fields)} }}", variables).data
        found = {}
        for at, one in enumerate(batch):
            text = _first(data.get(f"r{at}"), len(_paths(one)))
            if text is not None:
                found[one.key] = text
        return found

    def _by_itself(self, one: Callee) -> bytes | Gap:
        listed = self._list(one)
        if isinstance(listed, Gap):
            return listed._replace(what=one.key)
        names = _paths(one)
        reading = Reading(self._connection, one.repository, listed)
        told = reading.bytes_of(names)
        found = next((told[name] for name in names if name in told), None)
        if found is None and reading.listed.is_lost:
            return Gap(
                one.key, "not fetched: it is too large, or too much is in the way", fails=True
            )
        return found or Gap(one.key, "not fetched: there is no such file")

    def _list(self, one: Callee) -> Listing | Gap:
        """The files of a callee's repository at its ref, asked for once."""
        at = (one.repository.lower(), one.ref)
        if at not in self._listed:
            if len(self._listed) >= self._lists:
                return Gap("", f"not fetched: {_FAILING}", fails=True)
            try:
                self._listed[at] = contents.listing(self._connection, one.repository, one.ref)
            except Refused as problem:
                if problem.is_of_the_moment:
                    raise
                self._listed[at] = Gap("", f"not fetched: {problem.message}")
        return self._listed[at]


def _paths(one: Callee) -> tuple[str, ...]:
    if one.is_workflow:
        return (one.path,)
    return tuple(f"{one.path}/{name}".lstrip("/") for name in ACTIONS)


def _first(node: Any, number: int) -> bytes | None:
    """The first text that is there, None where GraphQL shows none, or only a part of it.

    A link's text is a path, and no YAML has less than a colon.
    """
    if not isinstance(node, Mapping):
        return None
    for at in range(number):
        blob = node.get(f"f{at}")
        if isinstance(blob, Mapping):
            data = contents.exact(blob)
            return data if data is not None and b":" in data else None
    return None
