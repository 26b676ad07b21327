"""What "tighter" means, setting by setting: how a later layer's value meets an earlier one.

An order has two questions. `combine(old, new)` is the value where nobody has enforced anything.
`constrain(old, new)` is the value where the old one is enforced, and which words of the new one
were refused; INVARIANT: it admits nothing that `old` forbids, whatever `new` is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, cast

from oidc_enforcer.config import Exemption, RingPlan
from oidc_enforcer.config.globs import matches
from oidc_enforcer.finding import Severity

if TYPE_CHECKING:  # few configurations enforce patterns
    from oidc_enforcer.iam.patterns import StringSet
    from oidc_enforcer.iam.searches import Effort


class Constrained(NamedTuple):
    """A value, and what could not be granted."""

    value: object
    refused: tuple[str, ...] = ()


class Order(Protocol):
    """How values of a setting are put over each other; `words` say what is tighter."""

    @property
    def words(self) -> str:
        """What is tighter, for people."""
        ...

    def combine(self, old: Any, new: Any) -> object:
        """The value where nothing is enforced."""
        ...

    def constrain(self, old: Any, new: Any) -> Constrained:
        """The value where `old` is enforced."""
        ...


class Ladder(NamedTuple):
    """Words from loose to tight."""

    steps: tuple[object, ...]
    words: str

    def combine(self, old: Any, new: Any) -> object:
        """The later one."""
        return new

    def constrain(self, old: Any, new: Any) -> Constrained:
        """The tighter one."""
        if self.steps.index(new) >= self.steps.index(old):
            return Constrained(new)
        return Constrained(old, (_said(new),))


class Smaller(NamedTuple):
    """Numbers, of which the smaller is tighter; None is no limit."""

    words: str = "a smaller number"

    def combine(self, old: Any, new: Any) -> object:
        """The later one."""
        return new

    def constrain(self, old: Any, new: Any) -> Constrained:
        """The smaller one."""
        if old is None or new <= old:
            return Constrained(new)
        return Constrained(old, (_said(new),))


class Fewer(NamedTuple):
    """Lists of what is allowed; `is_any_empty`: the empty list allows everything."""

    words: str = "entries taken away"
    is_any_empty: bool = False

    def combine(self, old: Any, new: Any) -> object:
        """The later one."""
        return new

    def constrain(self, old: Any, new: Any) -> Constrained:
        """Those of the new one that the old one allows."""
        if self.is_any_empty and not old:
            return Constrained(new)
        if self.is_any_empty and not new:
            return Constrained(old, ("anything",))
        kept = [each for each in _sorted(new) if each in old]
        refused = tuple(each for each in _sorted(new) if each not in old)
        if self.is_any_empty and not kept:
            # NOTE: what is left must not be nothing, which would mean everything.
            return Constrained(old, refused)
        return Constrained(type(old)(kept), refused)


class Patterns(NamedTuple):
    """Lists of patterns; an entry stays if what it matches is matched by the old entries.

    `kinds`: the word before the first colon is compared as it is. None is an expectation that
    depends on the repository, of which no other list is known to be a part.
    """

    words: str
    kinds: bool

    def combine(self, old: Any, new: Any) -> object:
        """The later one."""
        return new

    def constrain(self, old: Any, new: Any) -> Constrained:
        """Those entries of the new one that lie within the old one."""
        if old is None:
            return Constrained(() if not new else None, tuple(new))
        known: dict[str, list[str]] = {}
        for kind, pattern in map(self._parts, old):
            known.setdefault(kind, []).append(pattern)
        covers = {kind: Cover(patterns) for kind, patterns in known.items()}
        parts = {entry: self._parts(entry) for entry in new}
        kept = tuple(
            e for e, (kind, text) in parts.items() if kind in covers and text in covers[kind]
        )
        return Constrained(kept, tuple(entry for entry in new if entry not in kept))

    def _parts(self, entry: str) -> tuple[str, str]:
        kind, _, pattern = entry.partition(":") if self.kinds else ("", "", entry)
        # NOTE: GitHub compares environments without case.
        return kind, pattern.lower() if kind == "environment" else pattern


class Levels(NamedTuple):
    """Severities by rule; a rule that is not named keeps its own, which `defaults` gives."""

    words: str
    defaults: Mapping[str, Severity] = {}

    def combine(self, old: Any, new: Any) -> object:
        """The later one, rule by rule."""
        return {**old, **new}

    def constrain(self, old: Any, new: Any) -> Constrained:
        """The higher one, rule by rule."""
        kept, refused = dict(old), []
        for rule, level in new.items():
            before = old.get(rule, self.defaults.get(rule, Severity.ERROR))
            if (level or 0) >= (before or 0):
                kept[rule] = level
            else:
                refused.append(f"{rule}: {level.word if level else 'off'}")
        return Constrained(kept, tuple(refused))


class Known(NamedTuple):
    """Facts by key: new ones may be told, told ones may not be changed."""

    words: str = "entries added; none changed"

    def combine(self, old: Any, new: Any) -> object:
        """The later one, key by key."""
        return {**old, **new}

    def constrain(self, old: Any, new: Any) -> Constrained:
        """The old ones, and new ones under other keys."""
        refused = tuple(key for key, value in new.items() if old.get(key, value) != value)
        return Constrained({**new, **old}, refused)


class Fixed(NamedTuple):
    """What cannot be tightened; `unsaid` is the value that says nothing yet."""

    unsaid: object = None
    words: str = "nothing: once enforced it stays"

    def combine(self, old: Any, new: Any) -> object:
        """The later one."""
        return new

    def constrain(self, old: Any, new: Any) -> Constrained:
        """The old one, once there is one."""
        if new == old or old == self.unsaid:
            return Constrained(new)
        return Constrained(old, (_said(new),))


class Granted(NamedTuple):
    """Exceptions: every layer may add some, none once it is enforced."""

    words: str = "nothing added: once enforced no later layer may grant exceptions"

    def combine(self, old: Any, new: Any) -> object:
        """Those of both."""
        return (*old, *new)

    def constrain(self, old: Any, new: Any) -> Constrained:
        """The old ones."""
        refused = tuple(one.rule or "every rule" for one in cast("tuple[Exemption, ...]", new))
        return Constrained(old, refused)


class Plans(NamedTuple):
    """Plans of rings; the tightest answer of all plans counts, so one more can only tighten."""

    words: str = "groups whose ring is tighter; others change nothing"

    def combine(self, old: Any, new: Any) -> object:
        """The later plan."""
        return new

    def constrain(self, old: Any, new: Any) -> Constrained:
        """Both plans; where there was none, everything is blocked, and that stays."""
        if not old:
            return Constrained(old, ("rings",) if new else ())
        both: tuple[RingPlan, ...] = (*old, *new)
        return Constrained(both)


class Cover:
    """What some patterns of `*` and `?` match together; a pattern is in it if all it matches is.

    All questions together may take so much and no more: somebody else wrote both sides. What is
    not known to be tighter, is not.
    """

    def __init__(self, patterns: Iterable[str]) -> None:
        self._patterns = frozenset(patterns)
        self._union: StringSet | None = None
        self._effort: Effort | None = None

    def __contains__(self, pattern: str) -> bool:
        if pattern in self._patterns or "*" in self._patterns:
            return True
        if not set("*?") & set(pattern):
            return any(matches(each, pattern) for each in self._patterns)
        from oidc_enforcer.iam.patterns import StringSet
        from oidc_enforcer.iam.searches import Effort, TooComplexError

        if self._union is None or self._effort is None:
            self._union = StringSet.like(*self._patterns)
            self._effort = Effort()
        try:
            return (StringSet.like(pattern) - self._union).is_empty(self._effort)
        except TooComplexError:
            return False


def _sorted(values: Iterable[str]) -> list[str]:
    return sorted(values) if isinstance(values, frozenset) else list(values)


def _said(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return str(value)
