"""Which ring of the roll-out a repository is in on a day: a function of configuration and facts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from oidc_enforcer.config import Config, Ring, RingGroup, RingPlan
from oidc_enforcer.config.globs import matches


class Traits(NamedTuple):
    """What groups go by. None: not known, so that any group that asks for it may fit."""

    full_name: str | None = None
    topics: tuple[str, ...] | None = None
    properties: Mapping[str, str | tuple[str, ...]] | None = None


class Applied(NamedTuple):
    """The ring that holds and when a tighter one begins, an empty date where none is planned.

    `group` is its name in the configuration; `doubt` says which traits were missing.
    """

    ring: Ring
    group: str = ""
    next_ring: Ring | None = None
    next_date: str = ""
    doubt: str = ""

    @property
    def sentence(self) -> str:
        """For people: which ring applies, and what comes next."""
        said = f"ring `{self.ring.word}`"
        if self.group:
            said += f" (group `{self.group}`)"
        if self.next_ring is not None:
            said += f"; `{self.next_ring.word}` begins on {self.next_date}"
        return f"{said}; {self.doubt}" if self.doubt else said


def applied(config: Config, traits: Traits, today: str) -> Applied:
    """The tightest answer of all plans; a repository that a plan does not name is blocked."""
    if not config.rings:
        return Applied(Ring.OBSERVE if config.mode == "audit" else Ring.BLOCK)
    answers = [_answer(plan, traits, today) for plan in config.rings]
    tightest = max(answers, key=lambda answer: answer.ring)
    coming = [each for each in answers if each.next_ring and each.next_ring > tightest.ring]
    first = min(coming, key=lambda each: each.next_date, default=None)
    doubt = next((each.doubt for each in answers if each.doubt), "")
    return tightest._replace(
        next_ring=first.next_ring if first else None,
        next_date=first.next_date if first else "",
        doubt=doubt,
    )


def _answer(plan: RingPlan, traits: Traits, today: str) -> Applied:
    """The first group that fits; of those before it that may fit, the tightest."""
    found: list[Applied] = []
    doubt = ""
    for at, group in enumerate(plan, 1):
        fit = _fits(group, traits)
        if fit is False:
            continue
        found.append(_on(group, at, today))
        if fit:
            break
        doubt = "its name, topics or properties are not known: the tightest that may fit counts"
    else:
        found.append(Applied(Ring.BLOCK))
    tightest = max(found, key=lambda each: each.ring)
    return tightest._replace(doubt=doubt)


def _fits(group: RingGroup, traits: Traits) -> bool | None:
    """Whether all that the group asks for holds; None where that cannot be told."""
    answers = list(_answers(group, traits))
    if False in answers:
        return False
    return None if None in answers else True


def _answers(group: RingGroup, traits: Traits) -> Iterator[bool | None]:
    if group.repositories:
        yield _is_named(group.repositories, traits.full_name)
    if group.topic:
        yield None if traits.topics is None else group.topic in traits.topics
    for key, value in group.properties:
        if traits.properties is None:
            yield None
            continue
        has = traits.properties.get(key, ())
        yield value == has if isinstance(has, str) else value in has


def _is_named(patterns: tuple[str, ...], full_name: str | None) -> bool | None:
    if "*" in patterns:
        return True
    if full_name is None:
        return None
    return any(names(pattern, full_name) for pattern in patterns)


def names(pattern: str, full_name: str) -> bool:
    """Whether a pattern means a repository; GitHub's names ignore case."""
    name = full_name if "/" in pattern else full_name.rpartition("/")[2]
    return matches(pattern.lower(), name.lower())


def _on(group: RingGroup, at: int, today: str) -> Applied:
    ring, next_ring, next_date = group.ring, None, ""
    for date, step in group.steps:
        if date <= today:
            ring = step
        else:
            next_ring, next_date = step, date
            break
    return Applied(ring, group.name or f"{at}", next_ring, next_date)
