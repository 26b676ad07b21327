"""What stands on a pull request already: which of it is ours, and which findings it is about.

INVARIANT: a marker is believed only in our own comments.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from oidc_enforcer.reporters.markers import SUMMARY, keys_of


class Posted(NamedTuple):
    """A comment that is there already: on the diff, or (`path` empty) in the conversation.

    `id` is what REST calls it, `node_id` GraphQL. `is_ours`: written by the identity that we write
    as (`viewerDidAuthor`). `line` is None where the comment is outdated or on a file. `review` is
    the node of the review that it came with.
    """

    id: int
    node_id: str
    path: str
    body: str
    is_ours: bool
    has_replies: bool = False
    is_minimised: bool = False
    line: int | None = None
    start_line: int | None = None
    review: str = ""


class Thread(NamedTuple):
    """A comment of ours on the diff, and the keys of the findings that it tells."""

    posted: Posted
    keys: tuple[str, ...]


class Ours(NamedTuple):
    """Our comments on the diff, oldest first; our summary, and surplus ones."""

    threads: tuple[Thread, ...]
    sticky: Posted | None
    spare: tuple[Posted, ...]


def ours(posted: Iterable[Posted]) -> Ours:
    """What we have said; of several summaries the oldest is the one."""
    mine = sorted(
        (one for one in posted if one.is_ours and not one.is_minimised), key=lambda one: one.id
    )
    told = [Thread(one, keys) for one in mine if (keys := keys_of(one.body))]
    threads = [one for one in told if one.posted.path and one.keys != (SUMMARY,)]
    stickies = [one.posted for one in told if not one.posted.path and one.keys == (SUMMARY,)]
    return Ours(tuple(threads), stickies[0] if stickies else None, tuple(stickies[1:]))


class Matched(NamedTuple):
    """`held`: by the number of each group the comment that tells it; `surplus` tell the same
    once more; `gone` tell nothing that is still there.
    """

    held: Mapping[int, Posted]
    surplus: tuple[Posted, ...]
    gone: tuple[Posted, ...]


def matched(threads: Sequence[Thread], groups: Sequence[Sequence[str]]) -> Matched:
    """Which comment tells which group of findings: one for each group of which it tells the most.

    An answered one is taken before others, then what tells the least besides, then the oldest: so
    two runs at once agree which one stays. Of what is surplus nothing that was answered is taken
    away.
    """
    homes = _homes(threads, groups)
    taken: dict[int, int] = {}
    for at, number in homes.items():
        best = taken.get(number)
        if best is None or _rank(threads[at], groups[number], at) < _rank(
            threads[best], groups[number], best
        ):
            taken[number] = at
    return Matched(
        {number: threads[at].posted for number, at in taken.items()},
        tuple(_unanswered(threads, homes.keys() - taken.values())),
        tuple(one.posted for at, one in enumerate(threads) if at not in homes),
    )


def _homes(threads: Sequence[Thread], groups: Sequence[Sequence[str]]) -> dict[int, int]:
    """By the number of each comment the group of which it tells the most, the first of equals."""
    where = {key: number for number, keys in enumerate(groups) for key in keys}
    homes = {}
    for at, thread in enumerate(threads):
        shared = Counter(where[key] for key in thread.keys if key in where)
        if shared:
            homes[at] = max(shared, key=lambda number: (shared[number], -number))
    return homes


def _rank(thread: Thread, keys: Iterable[str], at: int) -> tuple[bool, int, int]:
    return not thread.posted.has_replies, len(set(thread.keys).difference(keys)), at


def parted(threads: Sequence[Thread], groups: Sequence[Sequence[str]]) -> Iterator[list[int]]:
    """The groups as positions among all their findings, one behind the other.

    Findings of one group that several answered comments tell are told apart: none of these
    comments may go.
    """
    answered = [thread for thread in threads if thread.posted.has_replies]
    guests: dict[int, list[Thread]] = {}
    for at, number in _homes(answered, groups).items():
        guests.setdefault(number, []).append(answered[at])
    first = 0
    for number, keys in enumerate(groups):
        claims: dict[int, list[int]] = {}
        for position, key in enumerate(keys, start=first):
            claims.setdefault(_claimant(guests.get(number, ()), key), []).append(position)
        unclaimed = claims.pop(-1, [])
        parts = list(claims.values()) or [[]]
        parts[0] = sorted(parts[0] + unclaimed)
        yield from parts
        first += len(keys)


def _claimant(guests: Sequence[Thread], key: str) -> int:
    """Which of the comments tells a finding and the least besides, -1 for none."""
    telling = [at for at, thread in enumerate(guests) if key in thread.keys]
    return min(telling, key=lambda at: len(guests[at].keys), default=-1)


def _unanswered(threads: Sequence[Thread], which: Iterable[int]) -> Iterator[Posted]:
    for at in sorted(which):
        if not threads[at].posted.has_replies:
            yield threads[at].posted


def surplus(posted: Iterable[Posted]) -> tuple[Posted, ...]:
    """What says again what an older one of ours says: two runs have posted at once.

    Both runs see it, and both let the oldest be, whatever else they know. Nothing that was answered
    is taken away.
    """
    mine = ours(posted)
    said: set[str] = set()
    spare = []
    for one, keys in mine.threads:
        if said.intersection(keys) and not one.has_replies:
            spare.append(one)
        said.update(keys)
    return (*mine.spare, *spare)
