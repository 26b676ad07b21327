"""Exact sets of claim maps: which combinations of condition-key values a policy accepts.

A ClaimSet is a union of cells, a cell an independent choice of values for each key. Keys are named
by claim where they are one (`sub`), else in full and in lower case (`sts:rolesessionname`). That
claims of one token depend on each other (`repository` stands inside `sub`) is not known here: it
comes in with the tokens that GitHub mints, in `minting`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from oidc_enforcer.iam.condition_sets import Bound, Domain, Values, values_of
from oidc_enforcer.iam.context_keys import is_environmental
from oidc_enforcer.iam.document import Condition, Effect, Statement, TrustPolicy
from oidc_enforcer.iam.evaluate import action_matches, principal_matches
from oidc_enforcer.iam.operators import holds
from oidc_enforcer.iam.request import ASSUME_ROLE_WITH_WEB_IDENTITY, Caller, Request, Unknown
from oidc_enforcer.iam.searches import Effort, TooComplexError

#: More cells than any policy within IAM's quota makes by honest means.
MAX_CELLS = 400


class Other(NamedTuple):
    """A condition that is no set of strings (a date, an address), and how it must come out."""

    condition: Condition
    wanted: bool


class Cell(NamedTuple):
    """Independent choices: any of the values for each key. Keys that are not named are free."""

    values: Mapping[str, Values]
    others: frozenset[Other] = frozenset()

    def meet(self, other: Cell) -> Cell | None:
        """What both allow; None where that is seen at once to be nothing."""
        values = dict(self.values)
        for key, wanted in other.values.items():
            joint = values[key].meet(wanted) if key in values else wanted
            if joint.is_nothing:
                return None
            values[key] = joint
        others = self.others | other.others
        if any(Other(condition, not wanted) in others for condition, wanted in others):
            return None
        return Cell(values, others)

    def opposites(self) -> Iterable[Cell]:
        """Cells whose union is whatever this one does not allow."""
        for key, allowed in self.values.items():
            rest = ~allowed
            if not rest.is_nothing:
                yield Cell({key: rest})
        for condition, wanted in self.others:
            yield Cell({}, frozenset({Other(condition, not wanted)}))

    def allows(self, values: Mapping[str, str], request: Request | None = None) -> bool:
        """Whether these values are among the choices; keys not given are absent."""
        return all(allowed.allows(values.get(key)) for key, allowed in self.values.items()) and all(
            request is not None and holds(condition, request) is wanted
            for condition, wanted in self.others
        )

    def is_empty(self, effort: Effort | None = None) -> bool:
        """Whether some key has no choice left."""
        return any(
            not allowed.absent and allowed.strings.is_empty(effort)
            for allowed in self.values.values()
        )


class ClaimSet(NamedTuple):
    """A union of cells, closed under the set operations up to `MAX_CELLS`; then TooComplexError."""

    cells: tuple[Cell, ...]

    def __or__(self, other: ClaimSet) -> ClaimSet:
        return _bounded(self.cells + other.cells)

    def __and__(self, other: ClaimSet) -> ClaimSet:
        return _bounded(_meets(self.cells, other.cells))

    def __invert__(self) -> ClaimSet:
        rest = ALL_CLAIMS
        for cell in self.cells:
            rest &= ClaimSet(tuple(cell.opposites()))
        return rest

    def __sub__(self, other: ClaimSet) -> ClaimSet:
        rest = self
        for cell in other.cells:
            rest &= ClaimSet(tuple(cell.opposites()))
        return rest

    def allows(self, values: Mapping[str, str], request: Request | None = None) -> bool:
        """Whether the claims (and other keys) are in the set; `request` for dates and addresses."""
        return any(cell.allows(values, request) for cell in self.cells)

    def is_empty(self, effort: Effort | None = None) -> bool:
        """Whether no claims at all are in the set."""
        return all(cell.is_empty(effort) for cell in self.cells)


ALL_CLAIMS = ClaimSet((Cell({}),))


def accepted(policy: TrustPolicy, caller: Caller, domain: Domain, bound: Bound) -> ClaimSet:
    """The claims with which this caller is let in: surely (LOWER) or possibly (UPPER).

    A Deny statement takes away what it surely denies from the possible, and what it may deny from
    the sure.
    """
    allowed = ClaimSet(tuple(_cells(policy, Effect.ALLOW, caller, domain, bound)))
    return allowed - ClaimSet(tuple(_cells(policy, Effect.DENY, caller, domain, bound.other)))


def _cells(
    policy: TrustPolicy, effect: Effect, caller: Caller, domain: Domain, bound: Bound
) -> Iterable[Cell]:
    for statement in policy.statements:
        if statement.effect is effect:
            cell = statement_cell(statement, caller, domain, bound)
            if cell is not None:
                yield cell


def statement_cell(
    statement: Statement, caller: Caller, domain: Domain, bound: Bound
) -> Cell | None:
    """The claims to which a statement applies, or None where it applies to no token."""
    request = Request(ASSUME_ROLE_WITH_WEB_IDENTITY, caller, {})
    named = principal_matches(statement, request)
    if named is False or (named is None and bound is Bound.LOWER):
        return None
    if not action_matches(statement, request.action):
        return None
    cell: Cell | None = Cell({})
    for condition in statement.conditions:
        part = condition_cell(condition, caller, domain, bound)
        cell = cell.meet(part) if cell and part else None
        if cell is None:
            return None
    return cell


def condition_cell(
    condition: Condition, caller: Caller, domain: Domain, bound: Bound
) -> Cell | None:
    """The claims that satisfy one condition, or None where none do."""
    key = condition.key.lower()
    claim = domain.claim(key)
    if claim is None and not is_environmental(key):
        truth = holds(condition, _constants(caller, domain))
        return Cell({}) if (bound.doubtful if truth is None else truth) else None
    values = values_of(condition, domain, bound)
    if values is None:
        return Cell({}, frozenset({Other(condition, True)}))
    if values.is_nothing:
        return None
    return Cell({}) if values.is_everything else Cell({claim or key: values})


def _constants(caller: Caller, domain: Domain) -> Request:
    """What is the same for every token of the issuer; claims are unknown."""
    context = {domain.issuer.key(claim): Unknown.UNKNOWN for claim in domain.claims}
    return Request(ASSUME_ROLE_WITH_WEB_IDENTITY, caller, {**context, **domain.fixed})


def _meets(left: Iterable[Cell], right: tuple[Cell, ...]) -> tuple[Cell, ...]:
    meets = (one.meet(two) for one in left for two in right)
    return tuple(meet for meet in meets if meet is not None)


def _bounded(cells: tuple[Cell, ...]) -> ClaimSet:
    if len(cells) > MAX_CELLS:
        raise TooComplexError
    return ClaimSet(cells)
