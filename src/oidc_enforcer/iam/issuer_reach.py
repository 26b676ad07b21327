"""The reach of a policy for the tokens of one of GitHub's issuers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice, product
from typing import NamedTuple

from oidc_enforcer.arn import OidcProviderArn
from oidc_enforcer.iam.condition_sets import Bound, Doubt
from oidc_enforcer.iam.contexts import NO_CONTEXTS, Admitted, Contexts, Names, ReachClass
from oidc_enforcer.iam.document import TrustPolicy
from oidc_enforcer.iam.evaluate import Decision
from oidc_enforcer.iam.field import Field, Found, calls
from oidc_enforcer.iam.identity import Identity
from oidc_enforcer.iam.issuers import Issuer, Tenancy
from oidc_enforcer.iam.panel import doubtful_pull_requests, is_open
from oidc_enforcer.iam.question import Question, doubts, mappings
from oidc_enforcer.iam.searches import Effort, TooComplexError
from oidc_enforcer.iam.survey import Survey, survey
from oidc_enforcer.iam.tokens import Minter, Repository, Run, Workflow
from oidc_enforcer.iam.witness import Witness, witness

#: Steps of automata that one policy may take; about half a second.
MAX_EFFORT = 200_000


class Unsettled(NamedTuple):
    """What GitHub does not document and could make the reach looser."""

    reason: str
    is_of_pull_requests: bool = False


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
    admits: tuple[Admitted, ...]
    audiences: tuple[str, ...] | None
    any_audience: bool
    undetermined: tuple[str, ...]
    unsettled: tuple[Unsettled, ...]


def issuer_reach(
    policy: TrustPolicy,
    repository: Repository,
    provider: OidcProviderArn,
    issuer: Issuer,
    *,
    effort: int = MAX_EFFORT,
) -> IssuerReach:
    """How far the policy reaches for tokens of this issuer, told within so many steps."""
    question = Question(policy, repository, provider, issuer)
    try:
        if effort <= 0:
            raise TooComplexError
        return _answer(question, Effort(effort))
    except TooComplexError:
        reason = f"too complex to decide within {effort:,} steps"
        if effort <= 0:
            reason = "more of GitHub's issuers are trusted than are looked at"
        loosest = _LOOSEST[issuer.tenancy]
        return IssuerReach(
            *(provider, issuer, loosest, Identity.NONE, (), (), NO_CONTEXTS, (), (), None, True),
            undetermined=(reason,),
            unsettled=(),
        )


_LOOSEST = {
    Tenancy.EVERYBODY: ReachClass.OPEN,
    Tenancy.ENTERPRISE: ReachClass.ENTERPRISE_WIDE,
    Tenancy.INSTANCE: ReachClass.INSTANCE_WIDE,
}


def _answer(question: Question, effort: Effort) -> IssuerReach:
    surveys = [
        _surveyed(question, Bound.UPPER, mapped=mapped, effort=effort)
        for mapped in mappings(question)
    ]
    loosest = max(surveys, key=lambda each: each.reach)
    unclear = tuple(doubts(question))
    surest = loosest
    if unclear:
        mapped = loosest is surveys[0] and True in mappings(question)
        surest = _surveyed(question, Bound.LOWER, mapped=mapped, effort=effort)
    witnesses = tuple(_witnesses(surest, loosest))
    widest, found, surely = _widened(question, loosest, witnesses)
    is_told = surely and (surest.reach, surest.identity) == (loosest.reach, loosest.identity)
    unsettled = tuple(_unsettled(question, loosest._replace(reach=widest), found, unclear))
    loosest.field.forget()
    return IssuerReach(
        question.provider,
        question.issuer,
        widest,
        loosest.identity,
        loosest.found,
        loosest.own,
        loosest.contexts,
        found,
        tuple(loosest.contexts.admitted(effort)),
        _audiences(loosest),
        any("aud" not in each.mint.cell.values for each in (*loosest.found, *loosest.own)),
        (*_unmapped(question, surveys), *(each.reason for each in unclear if not is_told)),
        unsettled,
    )


def _unmapped(question: Question, surveys: list[Survey]) -> Iterator[str]:
    """Doubt where it makes a difference whether IAM maps GitHub's own claims."""
    if len({each.reach for each in surveys}) > 1:
        partition = question.provider.partition
        yield f"whether IAM maps GitHub's own claims in `{partition}` is not documented"


def _surveyed(question: Question, bound: Bound, *, mapped: bool, effort: Effort) -> Survey:
    return survey(Field(question.world(), question.cells(bound, mapped=mapped), effort))


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
    question: Question, loosest: Survey, witnesses: tuple[Witness, ...]
) -> tuple[ReachClass, tuple[Witness, ...], bool]:
    """`any-org` as `open` where strangers get in with any subject; and whether they surely do."""
    if loosest.reach is not ReachClass.ANY_ORG:
        return loosest.reach, witnesses, True
    some = next(each for each in witnesses if each.reach is loosest.reach)
    unsure: Witness | None = None
    for candidate in _candidates(question, loosest.field, some):
        decisions = _of_any_shape(question, candidate)
        if Decision.IMPLICIT_DENY in decisions or Decision.EXPLICIT_DENY in decisions:
            continue
        unsure = unsure or candidate
        if Decision.UNDETERMINED not in decisions:
            return ReachClass.OPEN, _with_open(witnesses, some, candidate), True
    if unsure is None:
        return loosest.reach, witnesses, True
    return ReachClass.OPEN, _with_open(witnesses, some, unsure), False


def _candidates(question: Question, field: Field, some: Witness) -> Iterator[Witness]:
    """Tokens of strangers, one for each audience and surroundings that may be open to any shape."""
    yield some
    cells = field.mints(Minter.STRANGER)[:_MAX_CANDIDATES]
    if len(cells) < 2:
        return  # what one cell lets in, it lets in with any audience and surroundings of its own
    found = [some]
    for mints in cells:
        some_mints = islice(mints.templated(Minter.STRANGER, Workflow.OWN), 1)
        found += [witness(ReachClass.OPEN, mints, mint) for mint in some_mints]
    named = (
        value
        for statement in question.policy.statements
        for condition in statement.conditions
        if question.issuer.claim(condition.key) == "aud"
        for value in condition.values
    )
    audiences = dict.fromkeys([*(each.claims["aud"] for each in found), *islice(named, 20)])
    seen: set[tuple[object, ...]] = set()
    for audience, each in product(audiences, found):
        candidate = each._replace(claims={**each.claims, "aud": audience})
        kind = (audience, *sorted(each.context.items()))
        if kind not in seen and question.decide(candidate.claims, each.context) in _MAYBE:
            seen.add(kind)
            yield candidate


def _of_any_shape(question: Question, candidate: Witness) -> set[Decision]:
    """What the policy says to strangers' tokens of every shape, up to the first that is refused."""
    decisions: set[Decision] = set()

    def admits(claims: Mapping[str, str]) -> bool:
        decisions.add(question.decide(claims, candidate.context))
        return decisions <= _MAYBE

    is_open(question.policy, question.issuer, candidate.claims["aud"], admits)
    return decisions


def _with_open(
    witnesses: tuple[Witness, ...], some: Witness, candidate: Witness
) -> tuple[Witness, ...]:
    best = candidate._replace(reach=ReachClass.OPEN)
    return tuple(best if each is some else each for each in witnesses)


#: Cells of accepted claims that are tried for one that is open.
_MAX_CANDIDATES = 40
_MAYBE = frozenset({Decision.ALLOWED, Decision.UNDETERMINED})


def _audiences(survey: Survey) -> tuple[str, ...] | None:
    """The audiences let in; None where they are not listed one by one."""
    found: dict[str, None] = {}
    for each in (*survey.found, *survey.own):
        allowed = each.mint.cell.values.get("aud")
        if allowed is None or allowed.strings.texts is None:
            return None
        found.update(dict.fromkeys(sorted(allowed.strings.texts)))
    return tuple(found)


def _unsettled(
    question: Question, answer: Survey, witnesses: tuple[Witness, ...], unclear: tuple[Doubt, ...]
) -> Iterator[Unsettled]:
    if answer.reach < ReachClass.PULL_REQUEST:
        yield from _of_pull_requests(question, answer, witnesses)
    if answer.reach < ReachClass.REUSABLE_WORKFLOW and question.repository.shares_workflows is None:
        for minter in (Minter.STRANGER, Minter.NEIGHBOUR):
            if any(True for _ in calls(answer.field, minter, Workflow.OURS_CALLED)):
                yield Unsettled(
                    f"{minter.value} is let in if it may call this repository's workflows; "
                    "whether it may is not known"
                )
                break
    yield from (Unsettled(each.reason) for each in unclear if each.may_be_looser)
    if question.issuer.tenancy is Tenancy.INSTANCE:
        older = answer.field.within(answer.field.world._replace(encodes_colons=False))
        if survey(older).reach > answer.reach:
            yield Unsettled(
                "GHES up to 3.18 writes `:` in a name as it is, and lets in more than newer ones"
            )


def _of_pull_requests(
    question: Question, answer: Survey, witnesses: tuple[Witness, ...]
) -> Iterator[Unsettled]:
    """Tokens of pull requests whose subjects GitHub does not document, as far as they get in."""
    context = witnesses[0].context if witnesses else {}
    audience = witnesses[0].claims["aud"] if witnesses else "sts.amazonaws.com"
    tokens = doubtful_pull_requests(question.repository, question.issuer, audience)
    for event, claims in tokens:
        heads, _, branch = claims["ref"].partition("refs/heads/")
        if not heads and branch and answer.contexts.names[0].has(branch):
            continue  # it is no more than a run on that branch
        if question.decide(claims, context) is Decision.ALLOWED:
            reason = f"a `{event}` run may present `{claims['sub']}`, which is let in"
            yield Unsettled(reason, is_of_pull_requests=True)
