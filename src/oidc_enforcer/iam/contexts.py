"""Which runs of our own repository are let in: its branches, tags, environments, pull requests."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator
from typing import NamedTuple, TypeAlias

from oidc_enforcer.iam.automata import Automaton
from oidc_enforcer.iam.compositions import complement, intersection, union
from oidc_enforcer.iam.minting import Mint
from oidc_enforcer.iam.names import BRANCH, ENVIRONMENT, TAG
from oidc_enforcer.iam.patterns import EVERYTHING
from oidc_enforcer.iam.searches import Effort, Listing, Words, listing, shortest
from oidc_enforcer.iam.tokens import Run
from oidc_enforcer.iam.value_pattern import characters, units


class ReachClass(enum.IntEnum):
    """How far a policy reaches; ordered, so that a looser class is greater.

    A policy's class is the loosest that it admits for the repository in question.
    """

    NEVER = 0
    ENVIRONMENT = 1
    TAG = 2
    BRANCH = 3
    ENVIRONMENT_PATTERN = 4
    ANY_ENVIRONMENT = 5
    TAG_PATTERN = 6
    BRANCH_NOCASE = 7
    BRANCH_PATTERN = 8
    ANY_TAG = 9
    ANY_BRANCH = 10
    ANY_REF = 11
    PULL_REQUEST = 12
    REPO_WIDE = 13
    REUSABLE_WORKFLOW = 14
    REPO_PREFIX = 15
    ORG_WIDE = 16
    INSTANCE_WIDE = 17
    ENTERPRISE_WIDE = 18
    ANY_ORG = 19
    OPEN = 20

    @property
    def word(self) -> str:
        """The class as the documentation spells it: `any-org`."""
        return self.name.lower().replace("_", "-")


class Kind(NamedTuple):
    """The class that names of one kind make: all of them, a pattern, listed, in any casing."""

    words: Words
    whole: ReachClass
    pattern: ReachClass
    listed: ReachClass
    any_casing: ReachClass


BRANCHES = Kind(
    BRANCH,
    ReachClass.ANY_BRANCH,
    ReachClass.BRANCH_PATTERN,
    ReachClass.BRANCH,
    ReachClass.BRANCH_NOCASE,
)
TAGS = Kind(TAG, ReachClass.ANY_TAG, ReachClass.TAG_PATTERN, ReachClass.TAG, ReachClass.TAG)
#: GitHub does not tell environments apart by casing.
ENVIRONMENTS = Kind(
    ENVIRONMENT,
    ReachClass.ANY_ENVIRONMENT,
    ReachClass.ENVIRONMENT_PATTERN,
    ReachClass.ENVIRONMENT,
    ReachClass.ENVIRONMENT,
)

#: What a name must satisfy, all of it.
Limits: TypeAlias = "tuple[Automaton, ...]"
#: Listed names that are shown one by one.
MAX_LISTED = 50


class Names(NamedTuple):
    """A set of names of one kind: the union of alternatives, each a conjunction of automata."""

    kind: Kind
    alternatives: tuple[Limits, ...]

    @property
    def automaton(self) -> Automaton:
        """The union, not yet confined to the kind's words."""
        if () in self.alternatives:
            return EVERYTHING.automaton
        joint = [
            parts[0] if len(parts) == 1 else intersection(parts) for parts in self.alternatives
        ]
        return joint[0] if len(joint) == 1 else union(joint)

    def has(self, name: str) -> bool:
        """Whether a name of this kind is in the set."""
        automaton = self.automaton
        return automaton.settles(automaton.run(automaton.start, units(name)))

    def reach(self, effort: Effort) -> ReachClass:
        """The class of these names alone."""
        if not self.alternatives:
            return ReachClass.NEVER
        if self.is_whole(effort):
            return self.kind.whole
        listed = self.listed(effort)
        if listed is None:
            return self.kind.pattern
        return self.kind.any_casing if listed.any_casing else self.kind.listed

    def is_whole(self, effort: Effort) -> bool:
        """Whether every name of this kind is in the set, but for such as are listed."""
        return self.exceptions(effort) is not None

    def exceptions(self, effort: Effort) -> tuple[str, ...] | None:
        """The names of this kind that are not in the set; None where they are not listed."""
        if () in self.alternatives:
            return ()
        if not self.alternatives:
            return None
        others = listing(complement(self.automaton), self.kind.words, MAX_LISTED, effort)
        return others.members if others else None

    def listed(self, effort: Effort) -> Listing | None:
        """The names one by one; None where a wildcard leaves them open."""
        if not self.alternatives:
            return Listing((), True, False)
        return listing(self.automaton, self.kind.words, MAX_LISTED, effort)

    def example(self, effort: Effort) -> str | None:
        """A name in the set, one that people know where there is one."""
        automaton = intersection((self.kind.words.automaton, self.automaton))
        for word in self.kind.words.examples:
            if self.alternatives and automaton.settles(automaton.run(automaton.start, word)):
                return word
        if not self.alternatives:
            return None
        words = self.kind.words
        found = shortest(automaton, words.alphabet, words.max_length, effort)
        return None if found is None else characters(found)


class Admitted(NamedTuple):
    """Runs of ours that get in, in words: `any-branch`, `branch:main`, `tag-pattern:v1.0.0`.

    `name` is the one that is listed, or an example of what a pattern lets in; `exceptions` are the
    names that do not get in though all others do.
    """

    kind: ReachClass
    name: str = ""
    exceptions: tuple[str, ...] = ()

    def __str__(self) -> str:
        if self.exceptions:
            return f"{self.kind.word} but {' and '.join(self.exceptions)}"
        return f"{self.kind.word}:{self.name}" if self.name else self.kind.word


class Contexts(NamedTuple):
    """The runs of our repository that are let in.

    `kinds` holds the class of each kind of names (`NEVER` where none is let in). A job in an
    environment counts by the tighter of what pins it: by its ref where that is pinned more tightly
    than its environment, or is let in without one as well; else by its environment.
    """

    names: tuple[Names, Names, Names]
    kinds: tuple[ReachClass, ReachClass, ReachClass]
    pull_requests: bool

    @property
    def reach(self) -> ReachClass:
        """The class of all of them together."""
        return together(
            (*self.kinds, ReachClass.PULL_REQUEST) if self.pull_requests else self.kinds
        )

    @property
    def lists_environments(self) -> bool:
        """Whether the environments that get in, if any, are listed one by one."""
        return self.kinds[2] in (ReachClass.NEVER, ENVIRONMENTS.listed)

    def admitted(self, effort: Effort) -> Iterator[Admitted]:
        """What gets in, kind by kind."""
        for names, kind in zip(self.names, self.kinds, strict=True):
            if kind is names.kind.whole:
                yield Admitted(kind, exceptions=names.exceptions(effort) or ())
            elif kind is names.kind.pattern:
                yield Admitted(kind, names.example(effort) or "")
            elif kind is not ReachClass.NEVER:
                listed = names.listed(effort)
                for each in listed.members if listed else ():
                    yield Admitted(names.kind.listed, each)
        if self.pull_requests:
            yield Admitted(ReachClass.PULL_REQUEST)


_WHOLE = frozenset({ReachClass.ANY_BRANCH, ReachClass.ANY_TAG, ReachClass.ANY_ENVIRONMENT})


def together(classes: Iterable[ReachClass]) -> ReachClass:
    """The class of several kinds of context in one repository."""
    found = set(classes)
    whole = found & _WHOLE
    pull = ReachClass.PULL_REQUEST in found
    if len(whole) + pull >= 2 and (pull or ReachClass.ANY_ENVIRONMENT in whole):
        return ReachClass.REPO_WIDE
    if whole >= {ReachClass.ANY_BRANCH, ReachClass.ANY_TAG}:
        return ReachClass.ANY_REF
    return max(found, default=ReachClass.NEVER)


def contexts(mints: Iterable[Mint], effort: Effort) -> Contexts:
    """The runs to which the tokens of our repository belong."""
    plain: dict[Run, dict[Limits, None]] = {run: {} for run in Run}
    in_environments: dict[Run, dict[Limits, dict[Limits, None]]] = {run: {} for run in Run}
    for mint in mints:
        run = mint.scene.run
        by_ref = tuple(mint.automata(run.value))
        if mint.scene.environment:
            alike = in_environments[run].setdefault(by_ref, {})
            alike[tuple(mint.automata("environment"))] = None
        else:
            plain[run][by_ref] = None
    pinned = {run: Names(kind, tuple(plain[run])) for run, kind in _REF_KINDS.items()}
    environments: dict[Limits, None] = {}
    for run, by_refs in in_environments.items():
        for by_ref, some in by_refs.items():
            if run is Run.PULL_REQUEST:
                if not plain[run]:  # else they are no more than the pull requests that get in
                    environments |= some
            elif by_ref and _covers(pinned[run], by_ref, effort):
                continue
            elif by_ref and _is_tighter(Names(_REF_KINDS[run], (by_ref,)), some, effort):
                plain[run][by_ref] = None
            else:
                environments |= some
    all_names = (
        Names(BRANCHES, tuple(plain[Run.BRANCH])),
        Names(TAGS, tuple(plain[Run.TAG])),
        Names(ENVIRONMENTS, tuple(environments)),
    )
    branches, tags, others = (names.reach(effort) for names in all_names)
    return Contexts(all_names, (branches, tags, others), bool(plain[Run.PULL_REQUEST]))


_REF_KINDS = {Run.BRANCH: BRANCHES, Run.TAG: TAGS}


def _is_tighter(refs: Names, environments: Iterable[Limits], effort: Effort) -> bool:
    """Whether a job is pinned more tightly by its ref than by its environment."""
    return refs.reach(effort) < Names(ENVIRONMENTS, tuple(environments)).reach(effort)


def _covers(names: Names, by_ref: Limits, effort: Effort) -> bool:
    """Whether all names within the limits are in a set."""
    if not names.alternatives:
        return False
    words = names.kind.words
    rest = intersection((words.automaton, *by_ref, complement(names.automaton)))
    return shortest(rest, words.alphabet, words.max_length, effort) is None


#: No run of ours.
NO_CONTEXTS = contexts((), Effort())
