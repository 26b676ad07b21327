"""What is asked about one issuer: its claims, its world, and where doubt comes in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from oidc_enforcer.arn import OidcProviderArn
from oidc_enforcer.iam.claims import Cell, accepted
from oidc_enforcer.iam.condition_sets import Bound, Domain, Doubt, Values, doubt
from oidc_enforcer.iam.document import Effect, TrustPolicy
from oidc_enforcer.iam.evaluate import Decision, evaluate
from oidc_enforcer.iam.field import Cells
from oidc_enforcer.iam.issuers import GITHUB_CLAIMS, Issuer
from oidc_enforcer.iam.patterns import StringSet
from oidc_enforcer.iam.request import Caller
from oidc_enforcer.iam.tokens import Minter, Repository
from oidc_enforcer.iam.web_identity import domain, maps_github_claims, web_identity_request
from oidc_enforcer.iam.world import World, world


class Question(NamedTuple):
    """A policy, a repository, and the issuer whose tokens are asked about.

    Jobs of our owner that come from one of the repository's `excused_workflows` are left out, as if
    they did not get in.
    """

    policy: TrustPolicy
    repository: Repository
    provider: OidcProviderArn
    issuer: Issuer

    def domain(self, minter: Minter, *, mapped: bool) -> Domain:
        """What the context of this minter's tokens can hold."""
        known = _known_names(self.repository, minter)
        return domain(self.provider, self.issuer, mapped=mapped, known=known)

    def cells(self, bound: Bound, *, mapped: bool) -> Cells:
        """The accepted claims, for every minter alike unless a policy variable tells them apart."""
        caller = Caller("Federated", str(self.provider))
        alike = not _has_variables(self.policy)
        known: dict[Minter, tuple[Cell, ...]] = {}
        left: dict[Minter, tuple[Cell, ...]] = {}

        def cells(minter: Minter) -> tuple[Cell, ...]:
            key = Minter.STRANGER if alike else minter
            if key not in known:
                domain = self.domain(key, mapped=mapped)
                known[key] = accepted(self.policy, caller, domain, bound).cells
            if minter not in _OF_OUR_OWNER or not self.sets_apart:
                return known[key]
            if key not in left:
                left[key] = tuple(_without(known[key], self.repository.excused_workflows))
            return left[key]

        return cells

    @property
    def sets_apart(self) -> bool:
        """Whether some workflow files are left out, and the policy asks for such."""
        return not self.repository.excused_workflows.is_nothing and any(
            "job_workflow_ref" in text.lower()
            for statement in self.policy.statements
            for condition in statement.conditions
            for text in (condition.key, *condition.values)
        )

    def world(self) -> World:
        """Our repository and everybody else."""
        return world(self.repository, self.issuer, _spelled_out(self.policy, self.repository))

    def decide(self, claims: Mapping[str, str], context: Mapping[str, str]) -> Decision:
        """What the policy says to one token."""
        account, partition = self.provider.account, self.provider.partition
        request = web_identity_request(
            claims, self.issuer, account, partition=partition, context=context
        )
        return evaluate(self.policy, request).decision


#: Who carries the owner's id; whoever registers its name later does not.
_OF_OUR_OWNER = frozenset({Minter.OURS, Minter.NEIGHBOUR})


def _without(cells: tuple[Cell, ...], files: StringSet) -> Iterator[Cell]:
    others = Cell({"job_workflow_ref": Values(~files, True)})
    for cell in cells:
        left = cell.meet(others)
        if left is not None:
            yield left


def mappings(question: Question) -> tuple[bool, ...]:
    """Whether GitHub's own claims reach the policy; both where nobody has said."""
    known = maps_github_claims(question.issuer, question.provider.partition)
    if known is not None:
        return (known,)
    asked = any(
        question.issuer.claim(condition.key) in GITHUB_CLAIMS
        for statement in question.policy.statements
        for condition in statement.conditions
    )
    return (True, False) if asked else (True,)


def doubts(question: Question) -> Iterator[Doubt]:
    """Why the policy cannot be told exactly; statements are counted from 1."""
    here = question.domain(Minter.OURS, mapped=True)
    for statement in question.policy.statements:
        where = f"statement {statement.number}"
        if statement.effect is Effect.DENY and any(
            principal.value == "*" for principal in statement.principals
        ):
            reason = "whether a Deny for every AWS principal stops tokens is not documented"
            yield Doubt(f"{where}: {reason}")
        for condition in statement.conditions:
            found = doubt(condition, here)
            if found is not None:
                yield found._replace(reason=f"{where}: {found.reason}")


def _has_variables(policy: TrustPolicy) -> bool:
    return policy.version == "2012-10-17" and any(
        "${" in value
        for statement in policy.statements
        for condition in statement.conditions
        for value in condition.values
    )


def _known_names(repository: Repository, minter: Minter) -> dict[str, str]:
    """Claims of a minter that are the same in all of its tokens, for policy variables."""
    known: dict[str, str | None] = {}
    if minter in (Minter.OURS, Minter.NEIGHBOUR, Minter.SUCCESSOR):
        known["repository_owner_id"] = repository.owner_id
    if minter is Minter.OURS:
        known["repository"] = repository.full_name
        known["repository_id"] = repository.id
    return {claim: value for claim, value in known.items() if value is not None}


def _spelled_out(policy: TrustPolicy, repository: Repository) -> frozenset[str]:
    """The numbers and the enterprises' slugs in the policy that may be ours.

    Where the repository's own ids are known, only what is said of enterprises.
    """
    known = None not in (repository.id, repository.owner_id)
    wanted = _ENTERPRISE if known else rf"{_ENTERPRISE}|{_ID}"
    found: set[str] = set()
    for statement in policy.statements:
        for condition in statement.conditions:
            key = condition.key.lower()
            numbers = key.endswith(":enterprise_id") or (not known and key.endswith("_id"))
            for value in condition.values:
                pattern = "[0-9]{1,20}" if numbers else wanted
                found.update(re.findall(pattern, value)[:100])
    return frozenset(found)


#: Where an id may stand in a subject; other numbers are parts of names.
_ID = "(?<=[@*?])[0-9]{1,20}|(?<=_id:)[0-9]{1,20}"
#: What a customised subject says of an enterprise.
_ENTERPRISE = "(?<=enterprise_id:)[0-9]{1,20}|(?<=enterprise:)[A-Za-z0-9_-]{1,60}"
