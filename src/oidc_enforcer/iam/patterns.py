"""Exact sets of strings: literals, IAM wildcards, texts in any casing, and their algebra."""

from __future__ import annotations

from functools import cache

from oidc_enforcer.iam.automata import DEAD, FULL, Automaton, Element, globs, well_formed
from oidc_enforcer.iam.comparisons import lowered
from oidc_enforcer.iam.compositions import complement, intersection, union
from oidc_enforcer.iam.searches import Effort, shortest
from oidc_enforcer.iam.value_pattern import Glob, Wildcard, characters, glob, units

#: The order in which a member is spelled where the set leaves the choice.
LETTERS = "abcdefghijklmnopqrstuvwxyz"
DIGITS = "0123456789"
CAPITALS = LETTERS.upper()
#: Enough units that no state of any policy tells all of them apart.
_BEYOND_ASCII = "".join(chr(code) for code in range(0x4E00, 0x5000))
ANY_TEXT = LETTERS + DIGITS + CAPITALS + "-_./:@ " + "!\"#$%&'()*+,;<=>?[\\]^`{|}~" + _BEYOND_ASCII
#: Longer than any claim that GitHub mints or IAM takes.
LONGEST = 20_000


class StringSet:
    """A set of strings over Unicode, possibly infinite, closed under the set operations.

    Questions that walk the set (`is_empty`, `<=`, `shortest`) may be given an Effort, and raise
    TooComplexError when it is spent.
    """

    __slots__ = ("automaton", "patterns", "texts")

    def __init__(
        self,
        automaton: Automaton,
        texts: frozenset[str] | None = None,
        patterns: tuple[tuple[Element, ...], ...] | None = None,
    ) -> None:
        self.automaton = automaton
        #: All members, where they are listed; for short cuts only.
        self.texts = texts
        #: The patterns of which this is the union, if it is one; for short cuts only.
        self.patterns = patterns

    @classmethod
    def of(cls, *texts: str) -> StringSet:
        """These strings."""
        return cls._union(tuple((text,) for text in texts), frozenset(texts))

    @classmethod
    def ignoring_case(cls, *texts: str) -> StringSet:
        """These strings in any casing, as `StringEqualsIgnoreCase` compares."""
        return cls._union_of_elements(
            tuple(tuple(casings(unit) for unit in units(lowered(text))) for text in texts)
        )

    @classmethod
    def like(cls, *patterns: str) -> StringSet:
        """The strings that `*` and `?` spell; nothing else has a meaning in them."""
        return cls.spelled_by(*(glob(each) for each in patterns))

    @classmethod
    def like_ignoring_case(cls, *patterns: str) -> StringSet:
        """The strings that `*` and `?` spell, in any casing."""
        return cls._union_of_elements(
            tuple(
                tuple(
                    Wildcard(unit) if unit in "*?" else casings(unit)
                    for unit in units(lowered(pattern))
                )
                for pattern in patterns
            )
        )

    @classmethod
    def spelled_by(cls, *spellings: Glob) -> StringSet:
        """The strings that any of these spells."""
        if (Wildcard.ANY_RUN,) in spellings:
            return EVERYTHING
        return cls._union(spellings)

    @classmethod
    def _union(cls, spellings: tuple[Glob, ...], texts: frozenset[str] | None = None) -> StringSet:
        return cls._union_of_elements(tuple(_elements(glob) for glob in spellings), texts)

    @classmethod
    def _union_of_elements(
        cls, patterns: tuple[tuple[Element, ...], ...], texts: frozenset[str] | None = None
    ) -> StringSet:
        return cls(globs(patterns), texts, patterns)

    def __contains__(self, text: str) -> bool:
        if self.texts is not None:
            return text in self.texts
        automaton = self.automaton
        return automaton.settles(automaton.run(automaton.start, units(text)))

    def __or__(self, other: StringSet) -> StringSet:
        if self.is_everything or other.is_nothing:
            return self
        if other.is_everything or self.is_nothing:
            return other
        if self.patterns is not None and other.patterns is not None:
            both = self.texts is not None and other.texts is not None
            texts = (self.texts or frozenset()) | (other.texts or frozenset()) if both else None
            return StringSet._union_of_elements(self.patterns + other.patterns, texts)
        return StringSet(union((self.automaton, other.automaton)))

    def __and__(self, other: StringSet) -> StringSet:
        if self.is_nothing or other.is_everything:
            return self
        if other.is_nothing or self.is_everything:
            return other
        if self.texts is not None:
            return StringSet.of(*sorted(text for text in self.texts if text in other))
        if other.texts is not None:
            return StringSet.of(*sorted(text for text in other.texts if text in self))
        return StringSet(intersection((self.automaton, other.automaton)))

    def __invert__(self) -> StringSet:
        if self.is_nothing:
            return EVERYTHING
        if self.is_everything:
            return NOTHING
        return StringSet(complement(self.automaton))

    def __sub__(self, other: StringSet) -> StringSet:
        return self & ~other

    def __le__(self, other: StringSet) -> bool:
        return (self - other).is_empty()

    @property
    def is_everything(self) -> bool:
        """Whether this is seen at once to be every string."""
        return self.automaton.start == FULL

    @property
    def is_nothing(self) -> bool:
        """Whether this is seen at once to be no string."""
        return self.automaton.start == DEAD

    def is_empty(self, effort: Effort | None = None) -> bool:
        """Whether there is no member."""
        return self.shortest(effort) is None

    def shortest(self, effort: Effort | None = None) -> str | None:
        """A member of least length (in UTF-16 units), letters first; None when there is none."""
        if self.texts is not None:
            return min(self.texts, key=lambda text: (len(units(text)), text), default=None)
        strings = intersection((self.automaton, well_formed()))
        found = shortest(strings, ANY_TEXT, LONGEST, effort or Effort())
        return None if found is None else characters(found)


def _elements(glob: Glob) -> tuple[Element, ...]:
    elements: list[Element] = []
    for part in glob:
        if isinstance(part, Wildcard):
            elements.append(part)
        else:
            elements.extend(units(part))
    return tuple(elements)


def casings(unit: str) -> Element:
    """Every unit that IAM's lower-casing turns into this one."""
    if unit.isascii():
        if not unit.isalpha():
            return unit
        # U+212A KELVIN SIGN is the one unit beyond ASCII whose lower case is an ASCII letter.
        return frozenset((unit, unit.upper(), "\u212a") if unit == "k" else (unit, unit.upper()))
    return frozenset(_lower_cases().get(unit, ())) | {unit}


@cache
def _lower_cases() -> dict[str, list[str]]:
    """For units beyond ASCII: those that have it as their lower case. Made at first need."""
    found: dict[str, list[str]] = {}
    for code in range(0x80, 0xD800):
        low = chr(code).lower()
        if len(low) == 1 and not low.isascii():
            found.setdefault(low, []).append(chr(code))
    return found


NOTHING = StringSet(globs(()), frozenset(), ())
EVERYTHING = StringSet(globs(((Wildcard.ANY_RUN,),)), None, ((Wildcard.ANY_RUN,),))
