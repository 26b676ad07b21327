"""What stands on a pull request already: which of it is ours, and which findings it is about.

INVARIANT: a marker is believed only in our own comments.
"""

from __future__ import annotations

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
    """Which comment tells which group of findings, by any key that both have.

    The answered one is taken, else the oldest: so two runs at once agree which one stays. Of what
    is surplus nothing that was answered is taken away.
    """
    by_key: dict[str, list[int]] = {}
    for at, thread in enumerate(threads):
        for key in thread.keys:
            by_key.setdefault(key, []).append(at)
    taken: dict[int, int] = {}
    for number, keys in enumerate(groups):
        about = {at for key in keys for at in by_key.get(key, ()) if at not in taken}
        if about:
            best = min(about, key=lambda at: (not threads[at].posted.has_replies, at))
            taken[best] = number
    alive = {at for keys in groups for key in keys for at in by_key.get(key, ())}
    return Matched(
        {number: threads[at].posted for at, number in taken.items()},
        tuple(_unanswered(threads, alive - taken.keys())),
        tuple(one.posted for at, one in enumerate(threads) if at not in alive),
    )


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
