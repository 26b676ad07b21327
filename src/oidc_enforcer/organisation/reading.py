"""Fills the store: what is listed and not kept yet, in as few calls as GitHub has time for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from oidc_enforcer.github import callees, organisations, stored_secrets
from oidc_enforcer.github.connection import Connection
from oidc_enforcer.github.elsewhere import Texts
from oidc_enforcer.github.organisations import Listed, Taken, Unread
from oidc_enforcer.github.refusals import Refused
from oidc_enforcer.organisation.store import Kept, Store
from oidc_enforcer.report import Gap

#: After so many failures one behind the other GitHub is taken to be out of reach.
_ENOUGH = 3
#: How many more are asked for at once after a call that went well.
_MORE = 4
#: Lists of other repositories that are asked for where GraphQL shows no file.
_MOST_LISTS = 5000


class Shard(NamedTuple):
    """A part of the repositories, told by their ids: `number` from 1 `of` so many."""

    number: int = 1
    of: int = 1

    def holds(self, one: Listed) -> bool:
        """Whether a repository is in this part."""
        return int(one.id) % self.of == self.number - 1


class Extent(NamedTuple):
    """What there is to judge. `left_out` says of others why; `gaps` of what could not be read.

    `problem` is what stopped the reading, None where it came to its end.
    """

    chosen: tuple[Listed, ...]
    left_out: dict[str, int]
    gaps: tuple[Gap, ...] = ()
    problem: Refused | None = None


def choose(listed: Iterable[Listed], shard: Shard) -> Extent:
    """Those whose workflows can run, in the order of their names."""
    chosen: list[Listed] = []
    left_out: dict[str, int] = {}
    for one in listed:
        why = _left_out(one, shard)
        if why:
            left_out[why] = left_out.get(why, 0) + 1
        else:
            chosen.append(one)
    return Extent(tuple(sorted(chosen, key=lambda one: one.name.lower())), left_out)


def _left_out(one: Listed, shard: Shard) -> str:
    if one.is_archived:
        return "archived"
    if one.is_disabled:
        return "disabled"
    if not one.commit:
        return "empty"
    return "" if shard.holds(one) else "of another shard"


def fill(
    connection: Connection, store: Store, extent: Extent, tell: Callable[[int, int], None]
) -> Extent:
    """Reads what is not kept at its commit; `tell` hears how many of how many are done.

    What stops the reading stands in the extent that is returned: what was read until then is kept.
    """
    gaps: list[Gap] = []
    missing = [one for one in extent.chosen if store.commit(one.name) != one.commit]
    done = len(extent.chosen) - len(missing)
    in_a_row = 0
    asking = Texts(connection, lists=_MOST_LISTS)
    try:
        for one, found in _each(connection, missing):
            if isinstance(found, Unread):
                gaps.append(found.gap)
                in_a_row = in_a_row + 1 if found.problem is not None else 0
                if found.problem is not None and in_a_row >= _ENOUGH:
                    raise found.problem
            else:
                in_a_row = 0
                store.keep(one.name, _kept(connection, found, asking))
            done += 1
            tell(done, len(extent.chosen))
    except Refused as problem:
        return extent._replace(gaps=tuple(gaps), problem=problem)
    return extent._replace(gaps=tuple(gaps))


def _each(
    connection: Connection, missing: Sequence[Listed]
) -> Iterator[tuple[Listed, Taken | Unread]]:
    """Each with its files; GitHub is asked for fewer at once where it does not answer for all."""
    at, size = 0, organisations.BATCH
    while at < len(missing):
        batch = missing[at : at + size]
        found = organisations.read(connection, batch)
        if found is None:
            size = len(batch) // 2
            continue
        yield from found
        at += len(batch)
        size = min(organisations.BATCH, size + _MORE)


def _kept(connection: Connection, found: Taken, asking: Texts) -> Kept:
    """What was read of a repository, with what it calls elsewhere."""
    # NOTE: a refusal of the moment is raised, as what is kept is believed later on.
    fetched = callees.fetch(connection, found.held, asking=asking)
    elsewhere = {key: data for key, (_, data) in fetched.texts.items()}
    return Kept(found.commit, found.held, elsewhere, found.gaps, fetched.gaps, found.environments)


def fill_secrets(connection: Connection, store: Store, extent: Extent, day: str) -> Extent:
    """Lists the secrets of each repository and its environments, those not yet listed today."""
    for one in extent.chosen:
        kept = store.files(one.name)
        if kept is None or store.day(one.name) == day:
            continue
        try:
            found = stored_secrets.own(connection, one.name, kept.environments)
        except Refused as problem:
            return extent._replace(problem=problem)
        store.keep_secrets(one.name, day, found)
    return extent
