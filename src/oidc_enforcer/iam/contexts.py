"""Which runs of our own repository are let in: its branches, tags, environments, pull requests."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from typing import NamedTuple

from oidc_enforcer.iam.automata import Automaton, Complement, Intersection, Union
from oidc_enforcer.iam.minting import Mint
from oidc_enforcer.iam.names import BRANCH, ENVIRONMENT, TAG
from oidc_enforcer.iam.patterns import EVERYTHING
from oidc_enforcer.iam.searches import Effort, Listing, Words, listing, shortest
from oidc_enforcer.iam.tokens import Run
from oidc_enforcer.iam.value_pattern import characters


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
    """What names of one kind make of a reach: all of them, a pattern, listed ones, in any casing."""

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

#: Listed names that are shown one by one.
MAX_LISTED = 50


class Names(NamedTuple):
    """A set of names of one kind: the union of alternatives, each a conjunction of automata."""

    kind: Kind
    alternatives: tuple[tuple[Automaton, ...], ...]

    @property
    def automaton(self) -> Automaton:
        """The union, not yet confined to the kind's words."""
        if any(not parts for parts in self.alternatives):
            return EVERYTHING.automaton
        joint = [
            parts[0] if len(parts) == 1 else Intersection(parts) for parts in self.alternatives
        ]
        return joint[0] if len(joint) == 1 else Union(joint)

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
        """Whether every name of this kind is in the set."""
        if any(not parts for parts in self.alternatives):
            return True
        return bool(self.alternatives) and self.outside(self.automaton, effort) is None

    def outside(self, allowed: Automaton, effort: Effort) -> str | None:
        """A name of this kind that an automaton does not accept, whether in this set or not."""
        words = self.kind.words
        joint = Intersection((words.automaton, Complement(allowed)))
        return shortest(joint, words.alphabet, words.max_length, effort)

    def listed(self, effort: Effort) -> Listing | None:
        """The names one by one; None where a wildcard leaves them open."""
        if not self.alternatives:
            return Listing((), True, False)
        return listing(self.automaton, self.kind.words, MAX_LISTED, effort)

    def example(self, effort: Effort) -> str | None:
        """A name in the set, one that people know where there is one."""
        automaton = Intersection((self.kind.words.automaton, self.automaton))
        for word in self.kind.words.examples:
            if self.alternatives and automaton.settles(automaton.run(automaton.start, word)):
                return word
        if not self.alternatives:
            return None
        words = self.kind.words
        found = shortest(automaton, words.alphabet, words.max_length, effort)
        return None if found is None else characters(found)


class Contexts(NamedTuple):
    """The runs of our repository that are let in.

    A job in an environment counts by the tighter of what pins it: by its ref where that is pinned
    more tightly than its environment, else by its environment.
    """

    branches: Names
    tags: Names
    environments: Names
    pull_requests: bool

    def classes(self, effort: Effort) -> tuple[ReachClass, ...]:
        """One class per kind of context that is let in."""
        found = [names.reach(effort) for names in (self.branches, self.tags, self.environments)]
        if self.pull_requests:
            found.append(ReachClass.PULL_REQUEST)
        return tuple(each for each in found if each is not ReachClass.NEVER)

    def reach(self, effort: Effort) -> ReachClass:
        """The class of all of them together."""
        return together(self.classes(effort))

    def described(self, effort: Effort) -> tuple[str, ...]:
        """Each kind of context in words: `any-branch`, `branch:main`, `tag-pattern:v1.0.0`.

        Behind a pattern stands one example of what it lets in.
        """
        found: list[str] = []
        for names in (self.branches, self.tags, self.environments):
            reach = names.reach(effort)
            listed = names.listed(effort)
            if listed is not None:
                found.extend(f"{names.kind.listed.word}:{each}" for each in listed.members)
            elif reach is names.kind.whole:
                found.append(reach.word)
            else:
                found.append(f"{reach.word}:{names.example(effort)}")
        return (*found, ReachClass.PULL_REQUEST.word) if self.pull_requests else tuple(found)


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
    found: dict[Kind, dict[tuple[Automaton, ...], None]] = {
        BRANCHES: {},
        TAGS: {},
        ENVIRONMENTS: {},
    }
    pull_requests = False
    for mint in mints:
        ref = _REF_KINDS.get(mint.scene.run)
        by_environment = tuple(mint.automata("environment"))
        by_ref = tuple(mint.automata(mint.scene.run.value))
        if mint.scene.environment and (
            ref is None or not _pins_tighter(ref, by_ref, by_environment, effort)
        ):
            found[ENVIRONMENTS][by_environment] = None
        elif ref is not None:
            found[ref][by_ref] = None
        else:
            pull_requests = True
    names = {kind: Names(kind, _loosest(found[kind])) for kind in found}
    return Contexts(names[BRANCHES], names[TAGS], names[ENVIRONMENTS], pull_requests)


_REF_KINDS = {Run.BRANCH: BRANCHES, Run.TAG: TAGS}


def _pins_tighter(
    ref: Kind,
    by_ref: tuple[Automaton, ...],
    by_environment: tuple[Automaton, ...],
    effort: Effort,
) -> bool:
    """Whether the ref of a job in an environment is pinned more tightly than its environment."""
    if not by_ref:
        return False
    return Names(ref, (by_ref,)).reach(effort) < Names(ENVIRONMENTS, (by_environment,)).reach(effort)


def _loosest(alternatives: Iterable[tuple[Automaton, ...]]) -> tuple[tuple[Automaton, ...], ...]:
    """The alternatives, or the one that leaves everything open."""
    found = tuple(alternatives)
    return ((),) if () in found else found
