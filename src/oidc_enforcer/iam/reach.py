"""What a trust policy lets in, over every token that GitHub can mint.

The answer is exact where IAM's and GitHub's behaviour is known: the policy becomes a set of claims
(`claims`), GitHub's tokens a family of words (`tokens`), and what both have in common is asked for,
from strangers down to our own branches (`survey`). Every class comes with a token as its witness.
What cannot be told is a value: `undetermined` where the policy leaves it open, `unsettled` where
GitHub's behaviour is not documented and the reach could turn out looser.

Only the trust policy is judged: no resource control policies, no permissions, no role chains.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import NamedTuple

from oidc_enforcer.arn import OidcProviderArn, RoleArn
from oidc_enforcer.iam.claims import Cell, accepted
from oidc_enforcer.iam.condition_sets import Bound, Domain, doubt
from oidc_enforcer.iam.contexts import NO_CONTEXTS, Contexts, Names, ReachClass
from oidc_enforcer.iam.document import Effect, TrustPolicy
from oidc_enforcer.iam.doors import Door, doors, is_identity_center_role
from oidc_enforcer.iam.evaluate import Decision, evaluate
from oidc_enforcer.iam.issuers import GITHUB_CLAIMS, Issuer, Tenancy, github_issuer
from oidc_enforcer.iam.panel import doubtful_pull_requests, is_open
from oidc_enforcer.iam.request import Caller
from oidc_enforcer.iam.searches import Effort, TooComplexError
from oidc_enforcer.iam.survey import Cells, Field, Found, Identity, Survey, calls, survey
from oidc_enforcer.iam.tokens import Minter, Repository, Run, Workflow, World, world
from oidc_enforcer.iam.web_identity import domain, maps_github_claims, web_identity_request
from oidc_enforcer.iam.witness import Witness, witness

#: Steps of automata that one policy may take; about half a second.
MAX_EFFORT = 200_000


class Reach(NamedTuple):
    """How far a policy reaches for one repository.

    `reach` is the loosest class; where `undetermined` gives reasons it is the loosest possible.
    `witnesses` show one token per class that is let in, loosest first. `admits` names the runs of
    our own repository, `audiences` the `aud` values let in (None: any). `managed`: an IAM Identity
    Center role, which nobody else can change. `parts` are the answers issuer by issuer.
    """

    reach: ReachClass
    identity: Identity
    witnesses: tuple[Witness, ...]
    admits: tuple[str, ...]
    audiences: tuple[str, ...] | None
    other_doors: tuple[Door, ...]
    undetermined: tuple[str, ...]
    unsettled: tuple[str, ...]
    managed: bool
    parts: tuple[IssuerReach, ...]


class IssuerReach(NamedTuple):
    """The answer for one GitHub issuer that the policy trusts."""

    provider: OidcProviderArn
    issuer: Issuer
    reach: ReachClass
    identity: Identity
    found: tuple[Found, ...]
    own: tuple[Found, ...]
    contexts: Contexts
    witnesses: tuple[Witness, ...]
    admits: tuple[str, ...]
    audiences: tuple[str, ...] | None
    undetermined: tuple[str, ...]
    unsettled: tuple[str, ...]


def reach(
    policy: TrustPolicy,
    repository: Repository,
    *,
    role: RoleArn | None = None,
    account: str | None = None,
    partition: str | None = None,
) -> Reach:
    """How far a policy reaches for a repository.

    STS looks a token's provider up in the role's own account and partition; `role`, or `account`
    and `partition`, say which these are. Without them any provider is taken to be in place.
    """
    if role is not None:
        account, partition = role.account, role.partition
    parts = tuple(
        _issuer_reach(policy, repository, provider, issuer)
        for provider, issuer in _trusted_issuers(policy)
        if account in (None, provider.account)
        and partition in (None, provider.partition)
        and repository.issuer in (None, issuer.name)
    )
    loosest = max((part.reach for part in parts), default=ReachClass.NEVER)
    live = [part for part in parts if part.reach is not ReachClass.NEVER]
    audiences = [part.audiences for part in live]
    listed = [each for each in audiences if each is not None]
    return Reach(
        loosest,
        max((part.identity for part in live), default=Identity.NONE),
        tuple(
            sorted(
                chain.from_iterable(part.witnesses for part in parts), key=lambda each: -each.reach
            )
        ),
        tuple(dict.fromkeys(chain.from_iterable(part.admits for part in parts))),
        tuple(dict.fromkeys(chain.from_iterable(listed)))
        if len(listed) == len(audiences)
        else None,
        doors(policy, role),
        tuple(chain.from_iterable(part.undetermined for part in parts)),
        tuple(chain.from_iterable(part.unsettled for part in parts)),
        role is not None and is_identity_center_role(role, policy),
        parts,
    )


def _trusted_issuers(policy: TrustPolicy) -> Iterator[tuple[OidcProviderArn, Issuer]]:
    """The providers of GitHub's issuers that some Allow statement names."""
    seen: set[str] = set()
    for statement in policy.statements:
        for principal in statement.principals:
            if statement.effect is not Effect.ALLOW or principal.value in seen:
                continue
            seen.add(principal.value)
            provider = OidcProviderArn.parse(principal.value)
            issuer = github_issuer(provider.issuer) if provider else None
            if provider and issuer and principal.kind == "Federated":
                yield provider, issuer


def _issuer_reach(
    policy: TrustPolicy, repository: Repository, provider: OidcProviderArn, issuer: Issuer
) -> IssuerReach:
    question = _Question(policy, repository, provider, issuer)
    try:
        return _answer(question)
    except TooComplexError:
        reason = f"too complex to decide within {MAX_EFFORT:,} steps"
        loosest = _LOOSEST[issuer.tenancy]
        return IssuerReach(
            *(provider, issuer, loosest, Identity.NONE, (), (), NO_CONTEXTS, (), (), None),
            undetermined=(reason,),
            unsettled=(),
        )


_LOOSEST = {
    Tenancy.EVERYBODY: ReachClass.OPEN,
    Tenancy.ENTERPRISE: ReachClass.ENTERPRISE_WIDE,
    Tenancy.INSTANCE: ReachClass.INSTANCE_WIDE,
}


class _Question(NamedTuple):
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

        def cells(minter: Minter) -> tuple[Cell, ...]:
            key = Minter.STRANGER if alike else minter
            if key not in known:
                domain = self.domain(key, mapped=mapped)
                known[key] = accepted(self.policy, caller, domain, bound).cells
            return known[key]

        return cells

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


def _answer(question: _Question) -> IssuerReach:
    effort = Effort(MAX_EFFORT)
    surveys = [
        _surveyed(question, Bound.UPPER, mapped=mapped, effort=effort)
        for mapped in _mappings(question)
    ]
    loosest = max(surveys, key=lambda each: each.reach)
    undetermined: list[str] = []
    if any(each.reach is not loosest.reach for each in surveys):
        partition = question.provider.partition
        undetermined.append(
            f"whether IAM maps GitHub's own claims in `{partition}` is not documented"
        )
    doubts = tuple(_doubts(question))
    surest = loosest
    if doubts:
        mapped = loosest is surveys[0] and True in _mappings(question)
        surest = _surveyed(question, Bound.LOWER, mapped=mapped, effort=effort)
        if (surest.reach, surest.identity) != (loosest.reach, loosest.identity):
            undetermined.extend(doubts)
    witnesses = tuple(_witnesses(surest, loosest))
    widest, found = _widened(question, loosest.reach, witnesses)
    return IssuerReach(
        question.provider,
        question.issuer,
        widest,
        loosest.identity,
        loosest.found,
        loosest.own,
        loosest.contexts,
        found,
        loosest.contexts.described(effort),
        _audiences(loosest),
        tuple(undetermined),
        tuple(_unsettled(question, loosest._replace(reach=widest), found, doubts)),
    )


def _surveyed(question: _Question, bound: Bound, *, mapped: bool, effort: Effort) -> Survey:
    return survey(Field(question.world(), question.cells(bound, mapped=mapped), effort))


def _mappings(question: _Question) -> tuple[bool, ...]:
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


def _doubts(question: _Question) -> Iterator[str]:
    """Why the policy cannot be told exactly; statements are counted from 1."""
    here = question.domain(Minter.OURS, mapped=True)
    for statement in question.policy.statements:
        where = f"statement {statement.number}"
        if statement.effect is Effect.DENY and any(
            principal.value == "*" for principal in statement.principals
        ):
            yield f"{where}: whether a Deny for every AWS principal stops tokens is not documented"
        for condition in statement.conditions:
            reason = doubt(condition, here)
            if reason:
                yield f"{where}: {reason}"


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
    wanted = _ENTERPRISE if known else rf"{_ENTERPRISE}|[0-9]{{1,20}}"
    found: set[str] = set()
    for statement in policy.statements:
        for condition in statement.conditions:
            numbers = condition.key.lower().endswith(":enterprise_id")
            for value in condition.values:
                pattern = "[0-9]{1,20}" if numbers else wanted
                found.update(re.findall(pattern, value)[:100])
    return frozenset(found)


#: What a customised subject says of an enterprise.
_ENTERPRISE = "(?<=enterprise_id:)[0-9]{1,20}|(?<=enterprise:)[A-Za-z0-9_-]{1,60}"


def _witnesses(surest: Survey, loosest: Survey) -> Iterator[Witness]:
    """One token per class: a sure one where there is one, else one that may get in."""
    sure = dict(_shown(surest))
    for kind, found in _shown(loosest):
        best = sure.get(kind, found)
        yield witness(kind, best.mints, best.mint)


def _shown(survey: Survey) -> Iterator[tuple[ReachClass, Found]]:
    """The mint that shows each class."""
    for found in survey.found:
        yield found.reach, found
    runs = survey.contexts
    for names, kind, run in zip(runs.names, runs.kinds, (Run.BRANCH, Run.TAG, None), strict=True):
        some = _own_with(survey, run, names) if kind is not ReachClass.NEVER else None
        if some is not None:
            yield kind, some
    for found in survey.own:
        scene = found.mint.scene
        if scene.run is Run.PULL_REQUEST and not scene.environment:
            yield ReachClass.PULL_REQUEST, found
            return


def _own_with(survey: Survey, run: Run | None, names: Names) -> Found | None:
    """A token of ours of this kind, without an environment where that is possible."""
    wanted = [
        found
        for found in survey.own
        if (found.mint.scene.run is run if run else found.mint.scene.environment)
    ]
    hole = run.value if run else "environment"
    wanted = [
        found for found in wanted if tuple(found.mint.automata(hole)) in names.alternatives
    ] or wanted
    return min(wanted, key=lambda found: found.mint.scene.environment, default=None)


def _widened(
    question: _Question, loosest: ReachClass, witnesses: tuple[Witness, ...]
) -> tuple[ReachClass, tuple[Witness, ...]]:
    """`any-org` as `open` where strangers get in with subjects of every shape."""
    if loosest is not ReachClass.ANY_ORG:
        return loosest, witnesses
    some = next(each for each in witnesses if each.reach is loosest)

    def admits(claims: Mapping[str, str]) -> bool:
        return question.decide(claims, some.context) is Decision.ALLOWED

    audience = some.claims["aud"]
    if not is_open(question.policy, question.repository, question.issuer, audience, admits):
        return loosest, witnesses
    wider = ReachClass.OPEN
    return wider, tuple(each._replace(reach=wider) if each is some else each for each in witnesses)


def _audiences(survey: Survey) -> tuple[str, ...] | None:
    """The audiences let in, where they are listed."""
    found: dict[str, None] = {}
    for each in (*survey.found, *survey.own):
        allowed = each.mint.cell.values.get("aud")
        if allowed is None or allowed.strings.texts is None:
            return None
        found.update(dict.fromkeys(sorted(allowed.strings.texts)))
    return tuple(found)


def _unsettled(
    question: _Question, answer: Survey, witnesses: tuple[Witness, ...], doubts: tuple[str, ...]
) -> Iterator[str]:
    """What GitHub does not document and could make the reach looser."""
    if answer.reach < ReachClass.PULL_REQUEST:
        context = witnesses[0].context if witnesses else {}
        audience = witnesses[0].claims["aud"] if witnesses else "sts.amazonaws.com"
        tokens = doubtful_pull_requests(question.repository, question.issuer, audience)
        for event, claims in tokens:
            branch = claims["ref"].removeprefix("refs/heads/")
            if branch in answer.contexts.names[0]:
                continue  # it is no more than a run on that branch
            if question.decide(claims, context) is Decision.ALLOWED:
                yield f"a `{event}` run may present `{claims['sub']}`, which is let in"
    if answer.reach < ReachClass.REUSABLE_WORKFLOW and question.repository.shares_workflows is None:
        for minter in (Minter.STRANGER, Minter.NEIGHBOUR):
            if any(True for _ in calls(answer.field, minter, Workflow.OURS_CALLED)):
                yield (
                    f"{minter.value} is let in if it may call this repository's workflows; "
                    "whether it may is not known"
                )
                return
    yield from (each for each in doubts if "empty list" in each)
