"""What was read from sources of trust policies, as values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from oidc_enforcer.arn import RoleArn
from oidc_enforcer.facts import Provider, Role, Unavailable
from oidc_enforcer.iam.document import PolicyError, TrustPolicy
from oidc_enforcer.masking import redact

if TYPE_CHECKING:
    from oidc_enforcer.iac.declared import Declared
    from oidc_enforcer.policies.written import Written


class Entry(NamedTuple):
    """A role that a source speaks of: as it was found, or why it could not be had.

    `name` is the role's name, or its address in infrastructure code that leaves the name open.
    `origin` says where, for people.
    """

    name: str
    arn: RoleArn | None
    found: Role | Unavailable
    origin: str


class Policies(NamedTuple):
    """What sources of trust policies hold, in their order.

    `gaps` are parts of a source that may hold roles and could not be looked into. `providers` are
    keyed by account id, and only there when the source tells all of an account. `notes` are for
    people: how old a snapshot is. `seen` are providers that a source tells without telling all.
    """

    entries: tuple[Entry, ...] = ()
    providers: Mapping[str, tuple[Provider, ...] | Unavailable] = {}
    gaps: tuple[Unavailable, ...] = ()
    notes: tuple[str, ...] = ()
    seen: tuple[Provider, ...] = ()

    def plus(self, other: Policies) -> Policies:
        """Both; what is known of an account's providers goes before why another source does not."""
        providers = dict(self.providers)
        for account, found in other.providers.items():
            if isinstance(providers.get(account, Unavailable("")), Unavailable):
                providers[account] = found
        return Policies(
            (*self.entries, *other.entries),
            providers,
            (*self.gaps, *other.gaps),
            (*self.notes, *other.notes),
            (*self.seen, *other.seen),
        )

    def roles(self) -> dict[str, Role | Unavailable]:
        """By ARN, as `Facts.roles` has them; by name where infrastructure code tells no account.

        A role that one source has and another has not is there. Where two sources have different
        policies for one role, neither is believed.
        """
        found: dict[str, Role | Unavailable] = {}
        for entry in self.entries:
            key = str(entry.arn or entry.name)
            if key not in found:
                found[key] = entry.found
            elif entry.arn is None:
                found[key] = _namesake(found[key], entry)
            else:
                found[key] = _settled(found[key], entry.found)
        return found


def _settled(one: Role | Unavailable, other: Role | Unavailable) -> Role | Unavailable:
    if isinstance(one, Role) and isinstance(other, Role):
        if _meaning(one.policy) == _meaning(other.policy):
            return one
        return Unavailable(
            f"its trust policy in {one.origin} is not the one in {other.origin}:"
            " give the source that counts"
        )
    return one if isinstance(one, Role) else other


def _namesake(one: Role | Unavailable, entry: Entry) -> Role | Unavailable:
    """Two roles of one name may be of two accounts: which is meant, only one policy could tell."""
    other = entry.found
    if isinstance(one, Role) and isinstance(other, Role):
        return _settled(one, other)
    return Unavailable(f"several roles are called `{entry.name}`, and not all could be read")


def _meaning(policy: TrustPolicy) -> object:
    """The policy without its places."""
    return policy.version, [
        (
            each.effect,
            each.not_action,
            frozenset(each.actions),
            frozenset(principal[:2] for principal in each.principals),
            frozenset((one.operator, one.key, frozenset(one.values)) for one in each.conditions),
        )
        for each in policy.statements
    ]


def unavailable(name: str, reason: str, origin: str, arn: RoleArn | None = None) -> Entry:
    """The entry of a role whose policy could not be had."""
    return Entry(name, arn, Unavailable(reason), origin)


def faulty(problem: PolicyError) -> str:
    """Why IAM would not take a document, and where in it."""
    where = f" at `{problem.pointer}`" if problem.pointer else ""
    return f"not a trust policy that IAM would store: {problem.message}{where}"


def from_document(
    name: str,
    arn: RoleArn | None,
    data: object,
    origin: str,
    *,
    missing: str = "",
    written: Written | None = None,
) -> Entry:
    """The entry of a role whose trust policy came as data; faults make it `Unavailable`.

    `written` is asked where in a file the policy stands.
    """
    from oidc_enforcer.iam.document import from_data, from_located

    if data is None:
        return unavailable(name, missing or "the source has no trust policy for it", origin, arn)
    located = written.where(data) if written is not None else None
    try:
        if written is None or located is None:
            return Entry(name, arn, Role(name, arn, from_data(data), origin), origin)
        policy = from_located(located, written.source.text)
        return Entry(name, arn, Role(name, arn, policy, origin, written.source), origin)
    except PolicyError as problem:
        return unavailable(name, faulty(problem), origin, arn)


def declared(role: Declared) -> Entry:
    """The entry of a role that infrastructure code declares; it says what was assumed."""
    from oidc_enforcer.iac.values import Unknown

    origin = role.origin
    if role.assumed:
        names = ", ".join(f"`{name}`" for name in role.assumed[:_MOST_NAMES])
        more = " and others" if len(role.assumed) > _MOST_NAMES else ""
        origin += f" (with the default of {names}{more})"
    if isinstance(role.policy, Unknown):
        return unavailable(role.name, redact(role.policy.reason), origin, role.arn)
    providers = tuple(Provider(each.arn, each.audiences) for each in role.providers)
    found = Role(role.name, role.arn, role.policy, origin, role.policy_file, providers)
    return Entry(role.name, role.arn, found, origin)


_MOST_NAMES = 5


def sorted_entries(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """By ARN and name, so that two runs over one account say the same."""
    return tuple(sorted(entries, key=lambda entry: (str(entry.arn or ""), entry.name)))
